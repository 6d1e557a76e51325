import { z } from 'zod'
import { page } from './page.ts'
import { nothing, type Route } from './route.ts'
import { AddKey, CreatedToken, CreatedUser, CreateToken, CreateUser, Key, Token, User } from './user.ts'

export const people = {
  'users.me': { summary: 'The signed-in user', permission: 'user', response: User },
  'users.list': { summary: 'All users of the box', permission: 'box:own', response: page(User) },
  'users.create': {
    summary: 'Add a user and make their first token',
    permission: 'box:own',
    sudo: true,
    body: CreateUser,
    response: CreatedUser,
    status: 201,
  },
  'users.remove': {
    summary: 'Remove a user with their keys and tokens',
    permission: 'box:own',
    sudo: true,
    params: z.object({ user: z.string() }),
    response: nothing,
    status: 204,
  },

  'keys.list': { summary: "One's own SSH keys", permission: 'user', response: page(Key) },
  'keys.add': {
    summary: 'Add an SSH public key',
    permission: 'user:own',
    sudo: true,
    body: AddKey,
    response: Key,
    status: 201,
  },
  'keys.remove': {
    summary: 'Remove a key by fingerprint or comment',
    permission: 'user:own',
    params: z.object({ key: z.string() }),
    response: nothing,
    status: 204,
  },

  'tokens.list': { summary: "One's own tokens", permission: 'user', response: page(Token) },
  'tokens.create': {
    summary: 'Make a token; its secret is shown once',
    permission: 'user:own',
    sudo: true,
    body: CreateToken,
    response: CreatedToken,
    status: 201,
  },
  'tokens.revoke': {
    summary: 'Revoke a token',
    permission: 'user:own',
    params: z.object({ token: z.string() }),
    response: nothing,
    status: 204,
  },
} as const satisfies Record<string, Route>
