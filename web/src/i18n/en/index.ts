import { accountTexts } from './account.ts';
import { commonTexts } from './common.ts';
import { failures, fields, problems } from './problems.ts';
import { recipeTexts } from './recipe.ts';
import { uploadTexts } from './uploads.ts';
import { videoTexts } from './videos.ts';

export const en = {
  texts: { ...commonTexts, ...recipeTexts, ...uploadTexts, ...videoTexts, ...accountTexts },
  problems,
  failures,
  fields,
};
