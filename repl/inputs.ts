import { z } from 'zod';
import type { PersonRecord } from '../lib/administration/replies.ts';
import { ProblemError } from '../lib/errors.ts';
import type { Desk } from './command.ts';

const unitSeconds = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** An age such as `90s`, `10m`, `2h` or `3d`; its output is in seconds. */
export const age = z
  .string('Use an age such as 90s, 10m, 2h or 3d')
  .regex(/^\d{1,6}[smhd]$/, 'Use an age such as 90s, 10m, 2h or 3d')
  .transform((text) => Number.parseInt(text, 10) * unitSeconds[text.at(-1) as keyof typeof unitSeconds]);

/** The option of a list's length, and that of its next page. */
export const paging = {
  limit: z.coerce.number('Use a whole number').int().min(1).max(200).default(20),
  cursor: z.string('Use the cursor that the page before has told').optional(),
};
export const pagingOptions = [
  { option: '--limit [count]', description: 'How many, 20 if it is not said' },
  { option: '--cursor [cursor]', description: 'The next page, as the page before has told' },
];

/** @returns the line that tells how to go on, if there is more */
export const more = (name: string, nextCursor: string | null) =>
  nextCursor === null ? '' : `\nThere is more: ${name} --cursor ${nextCursor}`;

/** Somebody by e-mail address or id. */
export async function findPerson({ call }: Pick<Desk, 'call'>, who: string): Promise<PersonRecord> {
  const isId = z.uuid().safeParse(who).success;
  return call<PersonRecord>('auth.findPerson', isId ? { personId: who } : { email: who }).catch(
    (error: unknown) => {
      if ((error as { type?: unknown }).type !== 'not_found') throw error;
      throw new ProblemError('not_found', { detail: `Nobody is known as ${who}` });
    },
  );
}
