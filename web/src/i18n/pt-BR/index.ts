import type { en } from '../en/index.ts';
import type { Text } from '../fill.ts';
import { accountTexts } from './account.ts';
import { commonTexts } from './common.ts';
import { failures, fields, problems } from './problems.ts';

type Same<Table> = Record<keyof Table, Text>;

export const ptBR = {
  texts: { ...commonTexts, ...accountTexts } satisfies Same<typeof en.texts>,
  problems,
  failures,
  fields,
};
