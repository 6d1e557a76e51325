import { expect, it } from 'vitest'
import { formatSubnet } from './subnet.ts'
import { parseRoutes, routedSubnets } from './used-subnets.ts'

const TABLE = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
`

it('reads where the machine routes to, without the default route', () => {
  expect(parseRoutes(TABLE).map(formatSubnet)).toEqual(['172.17.0.0/16', '192.0.2.0/24'])
})

it('finds nothing where there is no table', async () => {
  expect(await routedSubnets('/nonexistent/route')).toEqual([])
})
