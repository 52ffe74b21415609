import { accountTexts } from './account.ts';
import { commonTexts } from './common.ts';
import { failures, fields, problems } from './problems.ts';

export const en = {
  texts: { ...commonTexts, ...accountTexts },
  problems,
  failures,
  fields,
};
