import { parse, ProblemError } from '../../../lib/errors.ts';
import { recipeSchema, type Recipe } from '../../../lib/recipe.ts';

/** A recipe as people send it, for the API document. */
export const recipeWish = recipeSchema.meta({
  id: 'RecipeWish',
  description: 'Which frames, and how they are encoded. Left out: a JPEG for each second',
});

/** @throws ProblemError `invalid_recipe` */
export function readRecipe(value: unknown): Recipe {
  return parse(recipeSchema, value, 'invalid_recipe');
}

/**
 * @param text JSON; undefined is the default recipe
 * @throws ProblemError `invalid_recipe`
 */
export function readRecipeText(text: string | undefined): Recipe {
  if (text === undefined) return readRecipe({});
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ProblemError('invalid_recipe', { errors: [{ path: '', message: 'The recipe is not JSON' }] });
  }
  return readRecipe(value);
}
