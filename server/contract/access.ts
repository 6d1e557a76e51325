import { z } from 'zod'

/** Heroku's collaborators in the plainest form: who besides the owner may do what with an app. */
export const Role = z.enum(['viewer', 'developer', 'admin'])
export type Role = z.infer<typeof Role>
export const Member = z.object({ user: z.string(), role: z.union([Role, z.literal('owner')]) })
export const AddMember = z.object({ user: z.string(), role: Role })
