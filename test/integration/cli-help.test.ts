import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { exitCodes } from '../../cli/exit-codes.ts';
import { createProgram } from '../../cli/program.ts';
import { createCliUser, type CliUser } from '../support/cli.ts';

let user: CliUser;
beforeAll(async () => {
  user = await createCliUser();
});
afterAll(() => user.remove());

const commandsOf = (command: Command): Command[] => [command, ...command.commands.flatMap(commandsOf)];
const pathOf = (command: Command): string[] =>
  command.parent ? [...pathOf(command.parent), command.name()] : [];

test('each command tells by --help what it takes', async () => {
  for (const command of commandsOf(createProgram())) {
    const { code, stdout } = await user.run([...pathOf(command), '--help']);
    expect([code, stdout]).toEqual([0, expect.stringContaining(`Usage: video-system`)]);
    expect(stdout).toContain(command.description());
    for (const { flags, description } of command.options) {
      expect(stdout).toContain(flags);
      expect(stdout.replace(/\s+/g, ' ')).toContain(description);
    }
    for (const argument of command.registeredArguments) expect(stdout).toContain(argument.name());
  }
}, 120_000);

test('every command, option and exit code is in the documentation', async () => {
  const docs = await readFile(new URL('../../docs/cli.md', import.meta.url), 'utf8');
  const all = commandsOf(createProgram());
  expect(all.length).toBeGreaterThan(15);
  for (const { options } of all) for (const { long } of options) expect(docs).toContain(long);
  for (const command of all.slice(1)) expect(docs).toContain(command.name());
  const told = [...docs.matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code));
  expect(told).toEqual(Object.values(exitCodes));
});
