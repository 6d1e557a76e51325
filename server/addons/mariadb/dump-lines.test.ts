import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { DumpLines } from './dump-lines.ts'

const MADE = [
  "INSERT INTO `t` VALUES\n(1,'CREATE DEFINER=`u`@`%` VIEW'),\n(2,'ALTER DATABASE `d_1` x');",
  'CREATE DEFINER=`u_1`@`%` FUNCTION `f`(a int) RETURNS int(11)',
  '/*!50003 CREATE*/ /*!50017 DEFINER=`a``b`@`%`*/ /*!50003 TRIGGER tr */;;',
  '/*!50106 CREATE*/ /*!50117 DEFINER=`u_1`@`%`*/ /*!50106 EVENT `e` DO SELECT 1 */ ;;',
  '/*!50013 DEFINER=`u_2`@`%` SQL SECURITY DEFINER */',
  'ALTER DATABASE `d_1` CHARACTER SET latin1 COLLATE latin1_swedish_ci ;',
  'CREATE TABLE `DEFINER=` (`n` int);',
  '',
  '-- Dump completed on 2026-11-28 16:29:18',
  '',
].join('\n')

const TAKEN = [
  "INSERT INTO `t` VALUES\n(1,'CREATE DEFINER=`u`@`%` VIEW'),\n(2,'ALTER DATABASE `d_1` x');",
  'CREATE  FUNCTION `f`(a int) RETURNS int(11)',
  '/*!50003 CREATE*/ /*!50017 */ /*!50003 TRIGGER tr */;;',
  '/*!50106 CREATE*/ /*!50117 */ /*!50106 EVENT `e` DO SELECT 1 */ ;;',
  '/*!50013  SQL SECURITY DEFINER */',
  'ALTER DATABASE CHARACTER SET latin1 COLLATE latin1_swedish_ci ;',
  'CREATE TABLE `DEFINER=` (`n` int);',
  '',
  '-- Dump completed on 2026-11-28 16:29:18',
  '',
].join('\n')

function through(dump: Buffer, pieces: number): Promise<string> {
  const all = Array.from({ length: Math.ceil(dump.length / pieces) }, (_, n) =>
    dump.subarray(n * pieces, n * pieces + pieces),
  )
  return text(Readable.from(all).compose(new DumpLines()))
}

test('who made views, triggers, routines and events is left out, however the dump is cut into pieces', async () => {
  for (const pieces of [1, 7, 64, 10_000]) expect(await through(Buffer.from(MADE), pieces)).toBe(TAKEN)
})

test('a dump without its last line is cut off', async () => {
  const dump = Buffer.from(MADE)
  await expect(through(dump.subarray(0, dump.indexOf('-- Dump')), 50)).rejects.toThrow('cut off')
  await expect(through(Buffer.concat([dump, Buffer.from('SELECT 1;\n')]), 50)).rejects.toThrow('cut off')
})
