import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { ApiError } from '../../../server/contract/client.ts'
import { dropStaged } from '../apps/staged.ts'
import { ConfirmPassword } from '../people/confirm-password.tsx'
import { SetUp } from '../people/set-up.tsx'
import { SignIn } from '../people/sign-in.tsx'
import { ProblemBox } from '../ui/problem.tsx'
import { Waiting } from '../ui/waiting.tsx'
import { call, passwordAsked, queries, Refused, signedOut } from './api.ts'
import { Layout } from './layout.tsx'
import { Palette } from './palette.tsx'
import { usePlace } from './router.tsx'
import { Screen } from './screens.tsx'
import { useSignal } from './signal.ts'
import { Silence } from './silence.tsx'

/** Who is at the browser decides what is on the screen: a new box, a door, or the console. */
export function Console() {
  const { hash } = usePlace()
  const left = useSignal(signedOut)
  const door = useQuery({ queryKey: ['door'], queryFn: whoIsThere, staleTime: Number.POSITIVE_INFINITY })
  useEffect(() => {
    if (left) forgetAll()
  }, [left])

  if (door.isError)
    return (
      <Centred>
        <ProblemBox error={door.error} />
      </Centred>
    )
  if (!door.data)
    return (
      <Centred>
        <Waiting what="Asking the box …" />
      </Centred>
    )
  const enter = async () => {
    await door.refetch()
    signedOut.set(false)
  }
  if (!door.data.claimed) return <SetUp claim={claimOf(hash)} onDone={enter} />
  if (!door.data.session || left) return <SignIn onDone={enter} />
  return (
    <Layout session={door.data.session}>
      <Silence />
      <Screen />
      <Palette />
      <ConfirmPassword />
    </Layout>
  )
}

/** Whoever signs in next may be somebody else. */
function forgetAll(): void {
  passwordAsked.value?.refused(new Refused('This browser was signed out.'))
  dropStaged()
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'door' })
}

function Centred({ children }: { children: React.ReactNode }) {
  return <main className="door">{children}</main>
}

async function whoIsThere() {
  const { claimed, version } = await call('box.hello')
  if (!claimed) return { claimed, version, session: undefined }
  try {
    return { claimed, version, session: await call('session.info') }
  } catch (error) {
    if (error instanceof ApiError && error.problem.status === 401) return { claimed, version, session: undefined }
    throw error
  }
}

/** `#claim=...`, as the link has it that the box prints: what stands behind # is never sent to a server. */
function claimOf(hash: string): string {
  return new URLSearchParams(hash).get('claim') ?? ''
}
