import { Acme, AddDnsZone, DnsZoneName, UpdateAcme } from './acme.ts'
import { Box, Hello } from './box.ts'
import { BoxSettingsAnswer, UpdateBoxSettings } from './box-settings.ts'
import { BuildLimitsAnswer, UpdateBuildLimits } from './build-limits.ts'
import { DiskCollected, DiskPlan, DiskUsage, UpdateDiskSettings } from './disk.ts'
import { nothing, type Route } from './route.ts'
import { Claim, Claimed } from './user.ts'

export const box = {
  'box.hello': { summary: 'Name, version, and whether the box is claimed', permission: 'anyone', response: Hello },
  'box.claim': {
    summary: 'Become the first user with the one-time claim secret',
    permission: 'anyone',
    body: Claim,
    response: Claimed,
    status: 201,
  },
  'box.info': { summary: 'State of the box, its engine and its router', permission: 'box:view', response: Box },
  'box.settings': {
    summary: 'What an owner of the box may change, and the defaults',
    permission: 'box:own',
    response: BoxSettingsAnswer,
  },
  'box.update': {
    summary: 'Change what is named; null goes back to the default',
    permission: 'box:own',
    body: UpdateBoxSettings,
    response: BoxSettingsAnswer,
    help: { fix: 'Nothing was changed. See how each setting is written.', command: 'paas box:set --help' },
  },

  'builds.limits': {
    summary: 'What every build of the box may take, and the defaults',
    permission: 'box:view',
    response: BuildLimitsAnswer,
  },
  'builds.limit': {
    summary: 'Change what is named; null goes back to the default',
    permission: 'box:own',
    body: UpdateBuildLimits,
    response: BuildLimitsAnswer,
    help: { fix: 'Nothing was changed. See how each limit is written.', command: 'paas builds:limits --help' },
  },

  'disk.usage': {
    summary: 'What takes how much of the disk',
    permission: 'box:own',
    response: DiskUsage,
  },
  'disk.update': {
    summary: 'Change the budgets of images and caches; null goes back to the default',
    permission: 'box:own',
    body: UpdateDiskSettings,
    response: DiskUsage,
    help: { fix: 'Nothing was changed. See how each setting is written.', command: 'paas disk:set --help' },
  },
  'disk.plan': {
    summary: 'Which images and how much of the cache would go now, and why',
    permission: 'box:own',
    response: DiskPlan,
  },
  'disk.collect': {
    summary: 'Remove them',
    permission: 'box:own',
    response: DiskCollected,
  },

  'acme.settings': {
    summary: 'How certificates are ordered, without secrets',
    permission: 'box:own',
    response: Acme,
  },
  'acme.update': {
    summary: 'Change what is named; null goes back to the default',
    permission: 'box:own',
    body: UpdateAcme,
    response: Acme,
    help: { fix: 'Nothing was changed. See how each setting is written.', command: 'paas certs:set --help' },
  },
  'acme.putZone': {
    summary: 'Say who writes the DNS records of a zone, and with which credentials',
    permission: 'box:own',
    params: DnsZoneName,
    body: AddDnsZone,
    response: Acme,
    help: { fix: 'See what each provider needs.', command: 'paas certs:dns:add --help' },
  },
  'acme.removeZone': {
    summary: 'Forget a zone and its credentials',
    permission: 'box:own',
    params: DnsZoneName,
    response: nothing,
    status: 204,
  },
} as const satisfies Record<string, Route>
