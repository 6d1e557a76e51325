import { Component, type ReactNode } from 'react'
import { ProblemBox } from './problem.tsx'

/** What fails in a part of a page stays there: the rest goes on, and one can go elsewhere. */
export class Guard extends Component<{ children: ReactNode }, { failed: unknown }> {
  override state: { failed: unknown } = { failed: undefined }

  static getDerivedStateFromError(error: unknown) {
    return { failed: error ?? new Error('Something was thrown that is no error.') }
  }

  override render() {
    const { failed } = this.state
    if (failed === undefined) return this.props.children
    return (
      <div className="guard">
        <p>This part of the console failed; the box and the apps are not concerned.</p>
        <ProblemBox error={failed} />
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
