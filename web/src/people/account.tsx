import type { CurrentSession } from '../../../server/contract/session.ts'
import { useCall } from '../shell/api.ts'
import { Asked } from '../ui/waiting.tsx'
import { KeysSection } from './keys.tsx'
import { PasswordSection } from './password.tsx'
import { SessionsSection } from './sessions.tsx'
import { TokensSection } from './tokens.tsx'
import { UsersSection } from './users.tsx'

export function Account() {
  const session = useCall('session.info')
  return <Asked query={session}>{(found) => <AccountOf session={found} />}</Asked>
}

function AccountOf({ session }: { session: CurrentSession }) {
  return (
    <>
      <header className="page-head">
        <h1>{session.user.name}</h1>
        <p className="quiet">{session.user.boxOwner ? 'Owner of this box' : 'User of this box'}</p>
      </header>
      <div className="stack">
        <KeysSection />
        <PasswordSection />
        <SessionsSection />
        <TokensSection />
        {session.user.boxOwner && <UsersSection own={session.user.name} />}
      </div>
    </>
  )
}
