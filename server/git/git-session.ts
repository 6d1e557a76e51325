import type { AppRecord } from '../apps/apps.ts'
import type { Actor } from '../people/actor.ts'
import type { Repository } from './repository.ts'

export type GitService = 'receive-pack' | 'upload-pack'

/** What a git client asks first: which refs there are. The app may be yet to come. */
export type RefsRequest = { actor: Actor; repository: Repository; service: GitService }

/** One git client that may do what it asked for, with the app and the repository that it is about. */
export type GitSession = RefsRequest & { app: AppRecord }
