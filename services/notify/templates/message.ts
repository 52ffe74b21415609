import { z } from 'zod';
import { template, text } from './template.ts';
import { oneLine } from './words.ts';

/** Free text from a service or an administrator; an empty line begins a new paragraph. */
export const message = template(
  {
    subject: text.pipe(z.string().trim().min(1).max(200)),
    text: text.pipe(z.string().trim().min(1).max(20_000)),
  },
  (payload) => ({
    subject: oneLine(payload.subject, 200),
    parts: payload.text
      .split(/(?:\r?\n[ \t]*){2,}/)
      .map((paragraph) => ({ kind: 'paragraph', text: paragraph })),
  }),
);
