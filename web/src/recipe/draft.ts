import type { Recipe } from '../api/schemas.ts';

/** How frames are chosen. */
export type Mode = Recipe['select']['mode'];

/** A recipe as a person fills it in: texts, as they stand in the fields. */
export interface Draft {
  mode: Mode;
  interval: string;
  count: string;
  /** Seconds, separated by blanks, commas or lines. */
  times: string;
  /** 0 to 100: how different the next shot must be. */
  sceneChange: string;
  format: Recipe['format'];
  quality: string;
  maxWidth: string;
  start: string;
  end: string;
  dedupe: boolean;
}

export const newDraft: Draft = {
  mode: 'interval',
  interval: '1',
  count: '20',
  times: '',
  sceneChange: '30',
  format: 'jpg',
  quality: '',
  maxWidth: '',
  start: '',
  end: '',
  dedupe: false,
};

/** Which field of a draft is wrong; its text is found under the field's path in a recipe. */
export interface DraftFault {
  field: keyof Draft;
  path: string;
}

/** A recipe as it is sent; what is left out has the server's default. */
export type WantedRecipe = Pick<Recipe, 'select' | 'format'> & Partial<Omit<Recipe, 'select' | 'format'>>;

/**
 * Read a time: seconds, or minutes and hours with colons. Decimals have a point or a comma, at most three.
 * @returns seconds, or null when it is none
 */
export function readTime(text: string): number | null {
  const parts = text.trim().replace(',', '.').split(':');
  if (parts.length > 3 || !parts.every((part) => /^\d+(\.\d{0,3})?$/.test(part))) return null;
  const seconds = parts.reduce((sum, part) => sum * 60 + Number(part), 0);
  return Math.round(seconds * 1000) / 1000;
}

/** The recipe that a draft means, and what is wrong with the draft; the recipe is null when something is. */
export function readDraft(draft: Draft): { recipe: WantedRecipe | null; faults: DraftFault[] } {
  const faults: DraftFault[] = [];
  const need = <Value>(value: Value | null, field: keyof Draft, path: string, fallback: Value): Value => {
    if (value === null) faults.push({ field, path });
    return value ?? fallback;
  };
  const unless = <Value>(text: string, read: (text: string) => Value) =>
    text.trim() === '' ? undefined : read(text);
  const select = readSelect(draft, need);
  const quality =
    draft.format === 'png'
      ? undefined
      : unless(draft.quality, (it) => need(whole(it, 1, 100), 'quality', 'quality', 1));
  const maxWidth = unless(draft.maxWidth, (it) => need(whole(it, 16, 16_384), 'maxWidth', 'maxWidth', 16));
  const start = unless(draft.start, (it) => need(readTime(it), 'start', 'start', 0));
  const end = unless(draft.end, (it) => need(readTime(it), 'end', 'end', Infinity));
  if ((start ?? 0) >= (end ?? Infinity)) faults.push({ field: 'end', path: 'end' });
  const recipe = {
    select,
    format: draft.format,
    ...(quality !== undefined && { quality }),
    ...(maxWidth !== undefined && { maxWidth }),
    ...(start !== undefined && { start }),
    ...(end !== undefined && { end }),
    ...(draft.dedupe && { dedupe: true }),
  };
  return { recipe: faults.length > 0 ? null : recipe, faults };
}

type Need = <Value>(value: Value | null, field: keyof Draft, path: string, fallback: Value) => Value;

function readSelect(draft: Draft, need: Need): Recipe['select'] {
  switch (draft.mode) {
    case 'interval':
      return {
        mode: 'interval',
        seconds: need(atLeastOneMillisecond(readTime(draft.interval)), 'interval', 'select.seconds', 1),
      };
    case 'count':
      return { mode: 'count', count: need(whole(draft.count, 1, 1_000_000), 'count', 'select.count', 1) };
    case 'times':
      return { mode: 'times', seconds: need(readTimes(draft.times), 'times', 'select.times', [0]) };
    case 'scene':
      return { mode: 'scene', threshold: Number(draft.sceneChange) / 100 };
    default:
      return { mode: draft.mode };
  }
}

const atLeastOneMillisecond = (seconds: number | null) => (seconds === 0 ? null : seconds);

function readTimes(text: string): number[] | null {
  const times = text
    .split(/[\s;]+|,(?=\s|\D|$)/)
    .filter(Boolean)
    .map(readTime);
  const read = times.filter((it) => it !== null);
  if (read.length === 0 || read.length < times.length || read.length > 10_000) return null;
  return [...new Set(read)].sort((a, b) => a - b);
}

function whole(text: string, min: number, max: number): number | null {
  const value = Number(text);
  return /^\s*\d+\s*$/.test(text) && value >= min && value <= max ? value : null;
}

/** The draft that means a recipe, to begin from what was chosen before. */
export function draftOf(recipe: WantedRecipe): Draft {
  const { select, format, quality, maxWidth, start, end, dedupe } = recipe;
  const write = (value: number | undefined) => (value === undefined ? '' : String(value));
  return {
    ...newDraft,
    mode: select.mode,
    ...(select.mode === 'interval' && { interval: String(select.seconds) }),
    ...(select.mode === 'count' && { count: String(select.count) }),
    ...(select.mode === 'times' && { times: select.seconds.join(' ') }),
    ...(select.mode === 'scene' && { sceneChange: String(Math.round(select.threshold * 100)) }),
    format,
    quality: write(quality),
    maxWidth: write(maxWidth),
    start: write(start),
    end: write(end),
    dedupe: dedupe ?? false,
  };
}
