import { Component, type ReactNode } from 'react'
import { lastRequest } from '../shell/api.ts'
import { ProblemBox } from './problem.tsx'

/** `request`: the last one that was answered before. */
type Failure = { failed: unknown; request: string | null }

/** What fails in a part of a page stays there: the rest goes on, and one can go elsewhere. */
export class Guard extends Component<{ children: ReactNode }, { failed: unknown }> {
  override state: Failure = { failed: undefined, request: null }

  static getDerivedStateFromError(error: unknown): Failure {
    return { failed: error ?? new Error('Something was thrown that is no error.'), request: lastRequest }
  }

  override render() {
    const { failed, request } = this.state
    if (failed === undefined) return this.props.children
    return (
      <div className="guard">
        <p>This part of the console failed; the box and the apps are not concerned.</p>
        <ProblemBox error={failed} />
        {request !== null && <p className="problem-id">The last answer was that of request {request}</p>}
        <div className="buttons">
          <button type="button" className="button" onClick={() => this.setState({ failed: undefined })}>
            Try again
          </button>
          <button type="button" className="button" onClick={() => location.reload()}>
            Load the console anew
          </button>
        </div>
      </div>
    )
  }
}
