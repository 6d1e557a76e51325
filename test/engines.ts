/** The engines that the tests run on; scripts/test leaves docker out where none can be had. */
export function testEngines(): ('docker' | 'embedded')[] {
  const wanted = (process.env['PAAS_TEST_ENGINES'] ?? 'docker,embedded').split(',')
  return (['embedded', 'docker'] as const).filter((engine) => wanted.includes(engine))
}
