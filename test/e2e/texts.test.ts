import { describe, expect, test } from '@jest/globals';
import { failures } from '../../lib/failures.ts';
import { problems } from '../../lib/errors.ts';
import { en } from '../../web/src/i18n/en/index.ts';
import { ptBR } from '../../web/src/i18n/pt-BR/index.ts';

const languages = { en, 'pt-BR': ptBR };

describe.each(Object.entries(languages))('the page in %s', (_name, language) => {
  test('has a sentence for every problem and every failure', () => {
    expect(Object.keys(language.problems)).toEqual(expect.arrayContaining(Object.keys(problems)));
    expect(Object.keys(language.failures).sort()).toEqual(Object.keys(failures).sort());
  });

  test('says of each what happened and what to do', () => {
    const sentences = Object.values({ ...language.problems, ...language.failures });
    expect(sentences.filter((sentence) => !/^[^.!?:;]+[.:;] .+[.]$/.test(sentence))).toEqual([]);
  });

  test('has the same texts, fields and placeholders as the other one', () => {
    expect(outline(language.texts)).toEqual(outline(en.texts));
    expect(Object.keys(language.problems).sort()).toEqual(Object.keys(en.problems).sort());
    expect(Object.keys(language.fields).sort()).toEqual(Object.keys(en.fields).sort());
  });
});

/** The keys of texts with the placeholders in each. */
function outline(texts: Record<string, string | { one: string; other: string }>) {
  return Object.entries(texts)
    .map(([key, text]) => [key, placeholders(typeof text === 'string' ? text : text.other)])
    .sort();
}

const placeholders = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
