import { afterAll, beforeAll, beforeEach } from 'vitest'
import { type Handlers, TestBox } from './test-box.ts'
import { type Finished, TestCli } from './test-cli.ts'

/** For tests: the program of one file's tests, signed in at a new box for each of them. */
export class TestDesk {
  cli!: TestCli
  box!: TestBox

  /** `handlers` are made anew for each test. */
  constructor(handlers: () => Handlers) {
    beforeAll(async () => {
      this.cli = await TestCli.build()
    })
    afterAll(() => this.cli[Symbol.asyncDispose]())
    beforeEach(async () => {
      this.box = await TestBox.start(handlers())
      await this.cli.signIn({ url: this.box.url })
      return () => this.box[Symbol.asyncDispose]()
    })
  }

  /** `paas` with these words. */
  readonly paas = (line: string, stdin = ''): Promise<Finished> => this.cli.run(line.split(' '), { stdin })
}
