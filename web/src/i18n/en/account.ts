import type { Text } from '../fill.ts';

/** The views of the account: security, notifications, webhooks, keys. */
export const accountTexts = {
  account: 'Account',
} satisfies Record<string, Text>;
