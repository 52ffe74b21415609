import { hostname, userInfo } from 'node:os';
import type { ServiceBroker, ReplOptions } from 'moleculer';
import { z } from 'zod';
import type { NodeCall } from '../lib/administration/nodes.ts';
import { parse } from '../lib/errors.ts';
import { sentenceOf } from './problem.ts';

/** What a command works with. */
export interface Desk {
  call: NodeCall;
  /** Who sits here, for the audit log. */
  by: string;
  now: Date;
}

/** One command of the REPL: its words and options go through the schema, what it tells is printed. */
export interface Command<Input extends z.ZodType = z.ZodType> {
  /** The name, and its words: `<needed>` and `[optional]` ones. They are the input's keys, as options are. */
  usage: string;
  description: string;
  options?: { option: string; description: string }[];
  input: Input;
  run: (input: z.output<Input>, desk: Desk) => Promise<string>;
}

/** Only for its types: the schema's output is what `run` gets. */
export const command = <Input extends z.ZodType>(it: Command<Input>): Command => it;

type ReplCommand = NonNullable<ReplOptions['customCommands']>[number];

/** What commander has made of a line, as far as it is looked at here. */
interface ParsedLine {
  args: string[];
  opts(): Record<string, unknown>;
  params?: Line;
}

interface Line {
  words: string[];
  options: Record<string, unknown>;
}

/** Make a command one of moleculer-repl's. Whatever goes wrong is a sentence with a code, never a stack. */
export function toReplCommand(it: Command): ReplCommand {
  const definition = {
    command: it.usage,
    description: it.description,
    options: it.options ?? [],
    // Unknown ones are refused below, in a sentence.
    allowUnknownOptions: true,
    parse: (line: ParsedLine) => {
      line.params = { words: line.args, options: line.opts() };
    },
    action: async (broker: ServiceBroker, line: unknown) => {
      const told = await tell(it, broker, line as Line);
      process.stdout.write(`${told}\n`);
    },
  };
  return definition;
}

async function tell(it: Command, broker: ServiceBroker, line: Line): Promise<string> {
  const call: NodeCall = (action, params, on) => broker.call(action, params, on);
  const desk = { call, by: operator(), now: new Date() };
  try {
    return await it.run(parse(it.input, inputOf(it.usage, line)), desk);
  } catch (error) {
    broker.logger.debug('A command failed', error);
    return sentenceOf(error);
  }
}

/** @returns words by their names, with the options; what has no name stays, for the schema to refuse it */
export function inputOf(usage: string, { words, options }: Line): Record<string, unknown> {
  const names = [...usage.matchAll(/[<[](\w+)[>\]]/g)].map(([, name]) => name ?? '');
  const named = words.map((word, n): [string, string] => [names[n] ?? word, word]);
  return { ...options, ...Object.fromEntries(named) };
}

function operator(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    // Containers may run as a user whom nobody knows.
    return `operator@${hostname()}`;
  }
}
