import type { Command } from 'commander';
import type { Schemas } from '../client/index.ts';
import { CliError, exitCodes } from './exit-codes.ts';

/** What of a recipe was asked for; the server fills in the rest. */
export type WantedRecipe = Schemas['RecipeWish'];

type Way = NonNullable<WantedRecipe['select']>;

export interface RecipeOptions {
  every?: number;
  count?: number;
  scenes?: number | true;
  keyframes?: boolean;
  all?: boolean;
  at?: number[];
  format?: NonNullable<WantedRecipe['format']>;
  quality?: number;
  maxWidth?: number;
  maxHeight?: number;
  start?: number;
  end?: number;
  dedupe?: boolean;
}

/** What an option gives as a number. */
export function number(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new CliError('bad_option', `“${text}” is not a number`, exitCodes.wrongUse);
}

/** Let a command take a recipe. */
export function withRecipe(command: Command): Command {
  return command
    .option('--every <seconds>', 'a frame each so many seconds (1 unless something else is chosen)', number)
    .option('--count <number>', 'so many frames, evenly spread', number)
    .option('--scenes [threshold]', 'the first frame of each scene; threshold from 0 to 1', number)
    .option('--keyframes', 'the key frames')
    .option('--all', 'all frames')
    .option('--at <seconds,…>', 'the frames shown at these times', (text: string) =>
      text.split(',').map(number),
    )
    .option('--format <format>', 'jpg, png or webp')
    .option('--quality <1-100>', 'of jpg and webp', number)
    .option('--max-width <pixels>', 'make frames no wider', number)
    .option('--max-height <pixels>', 'make frames no higher', number)
    .option('--start <seconds>', 'leave out what is before', number)
    .option('--end <seconds>', 'leave out what is after', number)
    .option('--dedupe', 'leave out frames that look like the one before');
}

/**
 * The recipe that options ask for; what is set only. The server checks the values.
 * @throws CliError `bad_option` when more than one way to choose frames is given
 */
export function recipeOf(options: RecipeOptions): WantedRecipe {
  const { every, count, scenes, keyframes, all, at, ...rest } = options;
  const { format, quality, maxWidth, maxHeight, start, end, dedupe } = rest;
  const ways: Way[] = [];
  if (every !== undefined) ways.push({ mode: 'interval', seconds: every });
  if (count !== undefined) ways.push({ mode: 'count', count });
  if (scenes !== undefined) ways.push({ mode: 'scene', ...(scenes === true ? {} : { threshold: scenes }) });
  if (keyframes) ways.push({ mode: 'keyframes' });
  if (all) ways.push({ mode: 'all' });
  if (at) ways.push({ mode: 'times', seconds: at });
  if (ways.length > 1) {
    const names = '--every, --count, --scenes, --keyframes, --all and --at';
    throw new CliError('bad_option', `Of ${names} only one can be given`, exitCodes.wrongUse);
  }
  const encoding = { format, quality, maxWidth, maxHeight, start, end, dedupe };
  const set = Object.entries({ select: ways[0], ...encoding }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set);
}
