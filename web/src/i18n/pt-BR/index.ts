import type { en } from '../en/index.ts';
import type { Text } from '../fill.ts';
import { accountTexts } from './account.ts';
import { commonTexts } from './common.ts';
import { failures, fields, problems } from './problems.ts';
import { recipeTexts } from './recipe.ts';
import { uploadTexts } from './uploads.ts';
import { videoTexts } from './videos.ts';

type Same<Table> = Record<keyof Table, Text>;

export const ptBR = {
  texts: { ...commonTexts, ...recipeTexts, ...uploadTexts, ...videoTexts, ...accountTexts } satisfies Same<
    typeof en.texts
  >,
  problems,
  failures,
  fields,
};
