import { defineCommand, flag, value } from '../../command.ts'
import { releaseLines, seriesLines } from '../../metrics-report.ts'
import { timeText } from '../../time.ts'

export const command = defineCommand({
  about: 'show traffic, latency, processor and memory of an app over time',
  ofApp: true,
  options: {
    since: value('--since <TIME>', 'how far back: 15m, 2h, 2d (default: 1h)'),
    step: value('--step <TIME>', 'the time of each point; 10s is kept for two hours, 1m for two days'),
    releases: flag('--releases', 'the releases of that time beside each other'),
  },
  examples: [
    { run: 'paas metrics -a shop --since 2h' },
    { run: 'paas metrics --releases' },
    { run: 'paas metrics --json | jq .total.p99' },
  ],
  async run(context, { options }) {
    const { app, client } = await context.app()
    const query = { ...(options.since && { since: options.since }), ...(options.step && { step: options.step }) }
    const metrics = await client.call('metrics.read', { params: { app }, query })
    if (context.json) return context.print(metrics)
    if (metrics.points.length === 0) {
      return context.err.line(`Nothing of ${app} was measured in that time. What is running now: paas ps -a ${app}`)
    }
    for (const line of options.releases ? releaseLines(metrics) : seriesLines(metrics)) context.out.line(line)
    for (const { at, release, description } of metrics.markers.toReversed()) {
      context.err.line(`v${release} ${timeText(at)}: ${description}`)
    }
  },
})
