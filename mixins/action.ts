import type { ActionSchema, Context } from 'moleculer';
import type { z } from 'zod';
import { isDatabaseAway } from '../lib/database.ts';
import { parse, ProblemError } from '../lib/errors.ts';

/**
 * An action that validates its parameters and calls one function.
 * @param input the schema of the parameters; it is their type, too
 * @param run gets the validated parameters
 * @returns the Moleculer action; it throws `validation_failed` on bad parameters, and `unavailable` while the database
 * is away
 */
export function action<Input extends z.ZodType>(
  input: Input,
  run: (params: z.output<Input>, ctx: Context) => unknown,
): ActionSchema {
  return {
    handler: async (ctx: Context) => {
      try {
        return await run(parse(input, ctx.params), ctx);
      } catch (error) {
        throw isDatabaseAway(error) ? new ProblemError('unavailable') : error;
      }
    },
  };
}
