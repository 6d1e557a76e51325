import type { BackupRecord } from './records.ts'

/** `postgresql/postgresql-curved-12345/20260301T020000Z-b001-bkp_0….pgdump.zst.age`: for people who look into a store. */
export function objectName(record: BackupRecord, suffix: string): string {
  const at = record.createdAt.toISOString().replace(/[-:]|\.\d{3}/g, '')
  return `${plain(record.kind)}/${plain(record.subjectName)}/${at}-${record.name}-${record.id}.${plain(suffix)}.zst.age`
}

function plain(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]/g, '-').replace(/^[._-]+/, '') || 'x'
}
