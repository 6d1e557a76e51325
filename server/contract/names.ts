import { z } from 'zod'

/** `my-app`: a DNS label that starts with a letter, at most 30 characters, so that names derived from it stay valid. */
export const AppName = z
  .string()
  .regex(
    /^[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?$/,
    'use 1 to 30 lower-case letters, digits and dashes, beginning with a letter',
  )
/** A Procfile key that is also a DNS label. */
export const ProcessTypeName = z
  .string()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/, 'use letters, digits and dashes')
/** Heroku's rule: letters, digits and `_`, not beginning with a digit or `__`. */
export const ConfigVarName = z
  .string()
  .max(256)
  .regex(/^(?!__)[A-Za-z_][A-Za-z0-9_]*$/, 'use letters, digits and _, not beginning with a digit or __')
/** An exact host name or `*.example.com`, lower case, at least two labels. */
export const HostName = z
  .string()
  .max(253)
  .toLowerCase()
  .regex(
    /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    'use a host name such as www.example.com or *.example.com',
  )
export const UserName = z
  .string()
  .regex(
    /^[a-z](?:[a-z0-9._-]{0,38}[a-z0-9])?$/,
    'use 1 to 40 lower-case letters, digits, dots, dashes, beginning with a letter',
  )

/** RFC 3339, UTC, milliseconds. */
export const Timestamp = z.string()
