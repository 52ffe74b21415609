import { describe, expect, test } from '@jest/globals';
import { fill } from './i18n/fill.ts';
import { preferredLocale } from './i18n/preferred-locale.ts';
import { createEventReader } from './live/event-reader.ts';
import { readRoute } from './routes.ts';
import { measureSpeed } from './uploads/speed.ts';
import { windowOf } from './video/window.ts';

test('addresses lead to views', () => {
  expect(readRoute('')).toEqual({ view: 'list' });
  expect(readRoute('#/')).toEqual({ view: 'list' });
  expect(readRoute('#/video/a%20b')).toEqual({ view: 'video', id: 'a b' });
  expect(readRoute('#/account/keys')).toEqual({ view: 'account', tab: 'keys' });
  expect(readRoute('#/reset/%')).toEqual({ view: 'reset', token: '%' });
  expect(readRoute('#/video')).toEqual({ view: 'missing' });
});

test('texts take values, in the form that their number needs', () => {
  const text = { one: '{count} frame of {name}', other: '{count} frames of {name}' };
  expect(fill(text, { count: 1, name: 'a' }, 'en')).toBe('1 frame of a');
  expect(fill(text, { count: 1500, name: 'a' }, 'pt-BR')).toBe('1.500 frames of a');
});

test('the page speaks what the browser asks for first, of what it knows', () => {
  expect(preferredLocale(['de', 'pt-PT', 'en'])).toBe('pt-BR');
  expect(preferredLocale(['en-GB', 'pt'])).toBe('en');
  expect(preferredLocale(['fr'])).toBe('en');
});

describe('server-sent events', () => {
  test('are read in whichever pieces they come', () => {
    const stream = ': hello\nretry: 2000\n\nid: 7\nevent: video\r\ndata: {"a":\ndata: 1}\n\ndata: é\r\r';
    for (let cut = 0; cut <= stream.length; cut += 1) {
      const ids: string[] = [];
      const read = createEventReader((id) => ids.push(id));
      const events = [...read(stream.slice(0, cut)), ...read(stream.slice(cut)), ...read('\n')];
      expect(ids).toEqual(['7']);
      expect(events).toEqual([
        { type: 'video', data: '{"a":\n1}' },
        { type: 'message', data: 'é' },
      ]);
    }
  });
});

test('speed is smoothed', () => {
  const speed = measureSpeed(0, 0);
  expect(speed.note(10, 100)).toBeNull();
  expect(speed.note(1000, 1000)).toBe(1000);
  const standing = speed.note(1000, 5000);
  expect(standing).toBeCloseTo(500);
  expect(speed.note(1000, 5100)).toBe(standing);
});

test('a grid of a hundred thousand frames draws only what is in sight', () => {
  const place = { total: 100_000, width: 700, cellWidth: 168, rowHeight: 130, windowHeight: 800 };
  expect(windowOf({ ...place, scrolled: -300 })).toEqual({
    columns: 4,
    rows: 25_000,
    firstRow: 0,
    endRow: 7,
  });
  expect(windowOf({ ...place, scrolled: 1_300_000 })).toMatchObject({ firstRow: 9997, endRow: 10_010 });
  expect(windowOf({ ...place, scrolled: 9e6 })).toMatchObject({ firstRow: 25_000, endRow: 25_000 });
});
