import type { accountTexts as english } from '../en/account.ts';
import type { Text } from '../fill.ts';

export const accountTexts: Record<keyof typeof english, Text> = {
  account: 'Conta',
  bell: 'Novidades',
  bellUnread: { one: 'Novidades: uma é nova', other: 'Novidades: {count} são novas' },
};
