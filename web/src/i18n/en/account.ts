import type { Text } from '../fill.ts';

/** What leads to the account and to its news; their own texts are loaded with them. */
export const accountTexts = {
  account: 'Account',
  bell: 'News',
  bellUnread: { one: 'News: one is new', other: 'News: {count} are new' },
} satisfies Record<string, Text>;
