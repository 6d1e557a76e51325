import type { AppRecord } from '../apps/apps.ts'
import type { Actor } from '../people/actor.ts'
import type { Repository } from './repository.ts'

export type GitService = 'receive-pack' | 'upload-pack'

/** One git client that may do what it asked for, with the app and the repository that it is about. */
export type GitSession = { actor: Actor; app: AppRecord; repository: Repository; service: GitService }
