import { describe, expect, test } from '@jest/globals';
import { failures } from '../../lib/failures.ts';
import { problems } from '../../lib/errors.ts';

type Table = Record<string, string>;
const texts = (await import(new URL('../../web/public/texts/pt-BR.js', import.meta.url).pathname)) as {
  failureSentences: Table;
  problemSentences: Table;
};

describe('the page’s Portuguese', () => {
  test('has the sentence of every failure, the same as the mail’s', () => {
    const sentences = Object.entries(failures).map(([code, sentence]) => [code, sentence['pt-BR']]);
    expect(texts.failureSentences).toEqual(Object.fromEntries(sentences));
  });

  test('has a sentence for every problem', () => {
    expect(Object.keys(texts.problemSentences).sort()).toEqual(Object.keys(problems).sort());
  });
});
