/**
 * Kill points for the fault tests: with PAAS_FAULT=`promoting:before` the process ends itself with SIGKILL there, as a
 * crash or a power cut would. Without it the calls do nothing.
 */
export type FaultPoint = `${string}:${'before' | 'after'}`
export type Faults = (point: FaultPoint) => void

export const noFaults: Faults = () => {}

export function killAt(fault: string | undefined): Faults {
  if (!fault) return noFaults
  return (point) => {
    if (point === fault) process.kill(process.pid, 'SIGKILL')
  }
}
