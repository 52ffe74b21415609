import { describe, expect, test } from '@jest/globals';
import { isLetter, notices, type NoticeKind } from '../../../lib/notices.ts';
import { hookKinds } from '../account/hook-kinds.ts';
import { setLocale } from '../i18n/index.ts';
import { saysOf } from './says.ts';
import { kindName } from './texts.ts';

const kinds = Object.keys(notices) as NoticeKind[];
const told = kinds.filter((kind) => !isLetter(kind));
const data = { filename: 'a.mp4', videoId: 'v1', frameCount: 1, code: 'too_long', name: 'videosPerDay' };

describe.each(['en', 'pt-BR'] as const)('news in %s', (locale) => {
  test.each(told)('has words of its own for %s, without a gap in them', (kind) => {
    setLocale(locale);
    const { words, href } = saysOf({ kind, data: { ...data, used: 9, limit: 10 } });
    expect(words).not.toBe(kindName(kind));
    expect(words).not.toMatch(/[{}]/);
    expect(href).toMatch(/^#\/(video\/v1|account\/[a-z-]+)$/);
  });

  test('has a name for every kind', () => {
    setLocale(locale);
    expect(kinds.filter((kind) => kindName(kind) === kind)).toEqual([]);
  });
});

test('says of a failure why, and what to do', () => {
  setLocale('en');
  expect(saysOf({ kind: 'video.failed', data }).words).toBe(
    '“a.mp4” gave no frames. The video is longer than the limit. Cut it into shorter parts, and upload those.',
  );
});

test('names a kind of a later version, and leads to the list', () => {
  expect(saysOf({ kind: 'moon.full', data: {} })).toMatchObject({ words: 'moon.full', href: '#/' });
});

test('offers webhooks everything but letters', () => {
  expect([...hookKinds].sort()).toEqual([...told].sort());
});
