import { expect, test } from 'vitest'
import { parseSshCommand } from './ssh-command.ts'

test.each([
  ["git-receive-pack 'shop'", { service: 'receive-pack', app: 'shop' }],
  ["git-receive-pack '/shop.git'", { service: 'receive-pack', app: 'shop' }],
  ["git-upload-pack '/shop.git/'", { service: 'upload-pack', app: 'shop' }],
])('%s is understood', (command, parsed) => {
  expect(parseSshCommand(command)).toEqual(parsed)
})

test.each([
  "git-receive-pack 'shop;reboot'",
  "git-receive-pack '$(reboot)'",
  "git-receive-pack '../../etc'",
  "git-receive-pack '--upload-pack=x'",
  "git-receive-pack 'a' 'b'",
  "git-receive-pack 'a'\\''b'",
  'git-receive-pack shop',
  "git-receive-pack ''",
  "git-receive-pack 'shop\n'",
])('%j names no app, and the answer shows how apps are named', (command) => {
  expect(() => parseSshCommand(command)).toThrow(expect.objectContaining({ code: 'app.invalid-name' }))
})

test.each(['ls', '', "git-upload-archive 'shop'", "git-shell -c 'x'", "xgit-receive-pack 'shop'", 'scp -t /tmp'])(
  '%j is not a command here',
  (command) => {
    expect(() => parseSshCommand(command)).toThrow(expect.objectContaining({ code: 'ssh.git-only' }))
  },
)
