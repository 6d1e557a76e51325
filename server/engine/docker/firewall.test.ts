import { afterEach, describe, expect, it } from 'vitest'
import { createLog } from '../../log.ts'
import { Firewall, firewallRules } from './firewall.ts'

const lines: string[] = []
const log = createLog('test', 'info', (line) => lines.push(line))
const isRoot = process.getuid?.() === 0

afterEach(() => {
  lines.length = 0
})

describe('the firewall', () => {
  it('refuses the metadata services, and everything of the box but names and the web', () => {
    const texts = firewallRules('box1').map(({ program, chain, match }) =>
      [program, chain, ...match.slice(4)].join(' '),
    )
    const bridge = texts[0]?.split(' ')[3]
    expect(bridge).toMatch(/^paas-\w{4}\+$/)
    expect(texts.map((text) => text.replace(` -i ${bridge}`, ''))).toEqual([
      'iptables DOCKER-USER -d 169.254.0.0/16 -j REJECT',
      'iptables DOCKER-USER -d 168.63.129.16/32 -j REJECT',
      'iptables DOCKER-USER -d 100.100.100.200/32 -j REJECT',
      'iptables INPUT -m conntrack --ctstate NEW -j REJECT',
      'iptables INPUT -p tcp -m tcp --dport 53 -j ACCEPT',
      'iptables INPUT -p tcp -m tcp --dport 80 -j ACCEPT',
      'iptables INPUT -p tcp -m tcp --dport 443 -j ACCEPT',
      'iptables INPUT -p udp -m udp --dport 53 -j ACCEPT',
      'iptables INPUT -d 169.254.0.0/16 -j REJECT',
      'iptables INPUT -d 168.63.129.16/32 -j REJECT',
      'iptables INPUT -d 100.100.100.200/32 -j REJECT',
      'ip6tables FORWARD -d fd00:ec2::254/128 -j REJECT',
      'ip6tables INPUT -m conntrack --ctstate NEW -j REJECT',
      'ip6tables INPUT -p tcp -m tcp --dport 53 -j ACCEPT',
      'ip6tables INPUT -p tcp -m tcp --dport 80 -j ACCEPT',
      'ip6tables INPUT -p tcp -m tcp --dport 443 -j ACCEPT',
      'ip6tables INPUT -p udp -m udp --dport 53 -j ACCEPT',
      'ip6tables INPUT -d fd00:ec2::254/128 -j REJECT',
    ])
  })

  it('marks every rule with the box it belongs to', () => {
    for (const { match } of firewallRules('box1'))
      expect(match.slice(0, 4)).toEqual(['-m', 'comment', '--comment', 'paas box1'])
  })

  it('adds its rules once, above those of others, and in order again when one was lost', async () => {
    const tables = new FakeTables()
    const firewall = new Firewall('box1', log, tables.run)
    tables.chain('iptables INPUT').push('-j ACCEPT')
    await firewall.apply()
    const before = structuredClone(tables.chains)
    expect(before['iptables INPUT']?.at(-1)).toBe('-j ACCEPT')
    expect(before['iptables INPUT']?.at(-2)).toContain('--ctstate NEW -j REJECT')
    await firewall.apply()
    expect(tables.chains).toEqual(before)
    tables.chain('iptables INPUT').splice(-2, 1)
    await firewall.apply()
    expect(tables.chains).toEqual(before)
  })

  it('takes only its own rules away', async () => {
    const tables = new FakeTables()
    const [mine, other] = ['box1', 'box2'].map((box) => new Firewall(box, log, tables.run))
    await other?.apply()
    const before = structuredClone(tables.chains)
    await mine?.apply()
    await mine?.remove()
    expect(tables.chains).toEqual(before)
  })

  it.runIf(isRoot)('says once what is open when there is no iptables', async () => {
    const missing = () => Promise.reject(new Error('spawn iptables ENOENT'))
    using firewall = new Firewall('box1', log, missing)
    await firewall.start()
    await firewall.apply()
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('spawn iptables ENOENT')
    expect(lines[0]).toContain('apps may reach')
  })
})

/** Chains as lists of rules, first match first. */
class FakeTables {
  readonly chains: Record<string, string[]> = {}

  chain(name: string): string[] {
    this.chains[name] ??= []
    return this.chains[name]
  }

  readonly run = async (program: string, args: string[]): Promise<void> => {
    const [, , verb, chain, ...match] = args
    const rules = this.chain(`${program} ${chain}`)
    const rule = match.join(' ')
    const place = rules.indexOf(rule)
    if (verb === '-I') rules.unshift(rule)
    else if (place < 0) throw new Error('no such rule')
    else if (verb === '-D') rules.splice(place, 1)
  }
}
