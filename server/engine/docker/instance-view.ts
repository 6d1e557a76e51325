import { constants } from 'node:os'
import type { ContainerInspectInfo } from 'dockerode'
import type { Endpoint, Exit, Instance, InstanceState } from '../engine.ts'
import { LABEL, type Labels } from './labels.ts'

/** Exit codes above this are 128 + the number of the signal that ended the process. */
const SIGNAL_BASE = 128
const KILLED = SIGNAL_BASE + constants.signals.SIGKILL
const NEVER = '0001-01-01T00:00:00Z'

/** An inspected container in the words of the contract. `lastExit` is what events told before it was started again. */
export function instanceOf(container: ContainerInspectInfo, lastExit: Exit | null): Instance {
  const labels = container.Config.Labels
  const state = stateOf(container.State)
  return {
    ...labelled(container.Id, labels),
    state,
    endpoint: state === 'running' ? confirmedEndpoint(container) : null,
    startedAt: timeOf(container.State.StartedAt),
    // Counted by the engine when the pause before the restart begins.
    restarts: container.RestartCount - (container.State.Restarting ? 1 : 0),
    lastExit: lastExit ?? (state === 'exited' ? exitOf(container.State) : null),
  }
}

/** What labels alone tell: for events of a container that is gone before it can be inspected. */
export function labelled(id: string, labels: Labels): Instance {
  return {
    id,
    app: labels[LABEL.app] ?? '',
    release: Number(labels[LABEL.release]),
    processType: labels[LABEL.process] ?? '',
    index: Number(labels[LABEL.instance]),
    state: 'starting',
    endpoint: null,
    startedAt: null,
    restarts: 0,
    lastExit: null,
  }
}

export function labelledEndpoint(labels: Labels): Endpoint | null {
  const host = labels[LABEL.address]
  const port = labels[LABEL.port]
  return host && port ? { host, port: Number(port) } : null
}

export function exitOf(state: ContainerInspectInfo['State']): Exit {
  return exitWith(state.ExitCode, state.OOMKilled, timeOf(state.FinishedAt) ?? new Date())
}

/** The kernel also reports an OOM when only a child was killed and the app lived on: that is no crash for want of memory. */
export function exitWith(code: number, oomReported: boolean, at: Date): Exit {
  return { code, signal: signalOf(code), outOfMemory: oomReported && code === KILLED, at }
}

function signalOf(code: number): string | null {
  const found = Object.entries(constants.signals).find(([, number]) => number === code - SIGNAL_BASE)
  return found ? found[0] : null
}

/** Address as the engine reports it for the running container, not as we wished it. */
function confirmedEndpoint(container: ContainerInspectInfo): Endpoint | null {
  const port = container.Config.Labels[LABEL.port]
  const own = container.Config.Labels[LABEL.address]
  const networks = Object.values(container.NetworkSettings.Networks)
  const host = (networks.find(({ IPAddress }) => IPAddress === own) ?? networks[0])?.IPAddress
  return port && host ? { host, port: Number(port) } : null
}

function stateOf(state: ContainerInspectInfo['State']): InstanceState {
  if (state.Restarting) return 'exited'
  if (state.Running) return 'running'
  return state.Status === 'created' ? 'starting' : 'exited'
}

function timeOf(text: string): Date | null {
  return text === NEVER ? null : new Date(text)
}
