import { readChoice, writeChoice } from '../choices.ts';
import { newDraft, type Draft } from './draft.ts';

/** What was chosen last on this device; times belong to one video, so they are not kept. */
export function lastDraft(): Draft {
  try {
    const kept = JSON.parse(readChoice('recipe') ?? '{}') as Partial<Draft>;
    return { ...newDraft, ...kept, start: '', end: '', times: '' };
  } catch {
    return newDraft;
  }
}

/** Keep a choice for the next time. */
export const rememberDraft = (draft: Draft): void => writeChoice('recipe', JSON.stringify(draft));
