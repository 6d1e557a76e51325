/** The pages of an app, in their order. */
export const TABS = [
  { id: 'overview', label: 'Overview' },
  { id: 'releases', label: 'Releases' },
  { id: 'builds', label: 'Builds' },
  { id: 'logs', label: 'Logs' },
  { id: 'metrics', label: 'Metrics' },
  { id: 'config', label: 'Config' },
  { id: 'resources', label: 'Resources' },
  { id: 'domains', label: 'Domains' },
  { id: 'shell', label: 'Shell' },
  { id: 'activity', label: 'Activity' },
  { id: 'settings', label: 'Settings' },
] as const
