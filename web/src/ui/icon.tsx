const PATHS = {
  copy: 'M5.5 5.500h7v8h-7zM3.5 10.500v-8h7',
  check: 'M3 8.500l3.2 3.200L13 4.8',
  search: 'M7 12a5 5 0 1 0 0-10 5 5 0 0 0 0 10zM10.8 10.800L14 14',
  sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1v1.500M8 13.500V15M1 8h1.500M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
  moon: 'M13 9.500A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.500z',
  out: 'M6 3H3v10h3M7 8h6M10.5 5.500L13 8l-2.5 2.5',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  close: 'M4 4l8 8M12 4l-8 8',
  link: 'M6.5 9.500l3-3M5.5 7L4 8.500a2.470 2.470 0 0 0 3.5 3.500L9 10.500M7 5.500L8.5 4a2.470 2.470 0 0 1 3.5 3.500L10.5 9',
  away: 'M6 3H3v10h10v-3M9 3h4v4M13 3L7.5 8.5',
  down: 'M8 3v9M4.5 8.500L8 12l3.5-3.5',
} as const
export type IconName = keyof typeof PATHS

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}
