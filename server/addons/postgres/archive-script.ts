/** Less than this free on the disk of the data, in KB, and what was set aside is given up: a full disk would end the database. */
export const GIVE_UP_FREE_KB = 512 * 1024

/**
 * What the server calls with the path and the name of each finished segment (`archive_command`). It is copied beside the data
 * only where an archive was begun; zeros at its end take no room. The name appears when all of it is on disk.
 */
export const ARCHIVE_SCRIPT = `set -eu
umask 077
case "$2" in *.backup) exit 0 ;; esac
for place in "$PAAS_DATA_DIRECTORY"/archive/*/; do
  [ -d "$place" ] || continue
  free=$(df -Pk "$place" | awk 'NR == 2 { print $4 }')
  if [ "$free" -lt ${GIVE_UP_FREE_KB} ]; then
    echo "archive: $free KB are free, so that what was set aside is given up" >&2
    rm -rf "$place"
    continue
  fi
  dd if="$1" of="$place.part" bs=64k conv=sparse,fsync 2>/dev/null
  mv "$place.part" "$place$2"
  sync "$place"
done
`

/** Relative to the directory of the cluster, in which the server runs it. */
export const ARCHIVE_COMMAND = 'sh ../archive.sh %p %f'
