import { call, signedOut } from '../shell/api.ts'
import { navigate } from '../shell/router.tsx'

export async function signOut(): Promise<void> {
  await call('session.signOut')
  navigate('/')
  signedOut.set(true)
}
