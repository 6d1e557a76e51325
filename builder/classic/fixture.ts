/** For tests: a buildpack in a folder, which makes a server of what the app and its config vars say. */
export function packFiles(folder: string, scripts: Partial<Record<'detect' | 'compile' | 'release', string>> = {}) {
  const { detect = 'echo Tiny', compile = 'exit 0', release = 'exit 0' } = scripts
  const all = Object.entries({ detect, compile, release })
  return Object.fromEntries(
    all.map(([name, text]) => [`${folder}/bin/${name}`, `#!/usr/bin/env bash\nset -e\n${text}\n`]),
  )
}

/** For tests: everything that the API of buildpacks gives to a compile, and what it may leave behind. */
export const THOROUGH_COMPILE = `
build=$1 cache=$2 env=$3
echo "-----> Compiling"
echo "       for $STACK at $SOURCE_VERSION in $HOME, $REQUEST_ID"
echo " !     Careful"
test "$build" = "$HOME" && test "$build" = "$PWD"
test -z "\${GREETING:-}"
echo "runs: $(cat "$cache/runs" 2>/dev/null)"
echo again >> "$cache/runs"
printf '%s' "$(cat "$env/GREETING")" | wc -c | xargs echo "length:"
echo "vars: $(ls "$env" | tr '\\n' ' ')"
mkdir -p .profile.d && echo 'export FROM_PROFILE=yes' > .profile.d/tiny.sh
echo 'export FROM_FIRST=handed' > "$(dirname "$0")/../export"
id -u > uid.txt
`
