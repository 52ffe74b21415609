import { describe, expect, test } from '@jest/globals';
import { isLetter, notices, type NoticeKind } from '../../../lib/notices.ts';
import { templates } from './index.ts';

const id = '0b8f8f0e-6a3c-4b57-9d3c-0d7f6a1c2b3d';
const publicUrl = 'https://frames.example.com';
const expiresAt = new Date('2026-11-26T01:02:03.000Z');
const video = { videoId: id, filename: 'holiday.mp4' };
const processed = { ...video, frameCount: 1234, archiveSize: 12_345_678, warnings: ['The end is missing'] };
const incident = {
  at: '2026-11-25T01:02:03.000Z',
  address: '203.0.113.7',
  userAgent: 'Mozilla/5.0 <script>',
  name: 'My key',
};

const payloadOf = (kind: NoticeKind): object => {
  if (kind === 'video.failed') return { ...video, code: 'no_video_stream' };
  if (kind.startsWith('video.')) return processed;
  if (kind === 'quota.nearly_used') return { name: 'storedBytes', used: 92e9, limit: 100e9 };
  if (kind.startsWith('security.')) return incident;
  return kind === 'account.deleted' ? {} : { tokenId: id };
};

const setting = (locale: 'en' | 'pt-BR') => ({
  publicUrl,
  reader: { name: 'Ana', locale },
  token: { token: 'the-token', expiresAt },
});
const letter = (kind: NoticeKind, locale: 'en' | 'pt-BR' = 'en', more = {}) =>
  templates[kind].render(payloadOf(kind), { ...setting(locale), ...more });
const linksOf = (html: string) => Array.from(html.matchAll(/href="([^"]*)"/g), ([, url]) => url);

describe.each(Object.keys(notices) as NoticeKind[])('the letter of %s', (kind) => {
  test('says something of its own in each language, and why it was sent', () => {
    const [en, ptBR] = [letter(kind), letter(kind, 'pt-BR')];
    expect(en.subject).not.toBe(ptBR.subject);
    expect(en.text).toMatch(/^Hello, Ana\.\n/);
    expect(ptBR.text).toMatch(/^Olá, Ana\.\n/);
    for (const { text, html } of [en, ptBR]) {
      expect(text).toContain('\n-- \n');
      expect(text).toContain(publicUrl);
      expect(html).not.toMatch(/undefined|null|NaN|Invalid Date|<script/);
      expect(text).not.toMatch(/undefined|null|NaN|Invalid Date/);
    }
  });

  test('has the same links in its text and in its HTML', () => {
    const { text, html } = letter(kind);
    for (const url of linksOf(html)) expect(text).toContain(url);
    expect(linksOf(html).every((url) => url?.startsWith(publicUrl))).toBe(true);
  });

  test('offers a choice of messages unless it is a letter that is always sent', () => {
    const choosing = `${publicUrl}/#/account/notifications`;
    expect(letter(kind).text.includes(choosing)).toBe(!isLetter(kind));
  });
});

describe('what letters are given beside their notification', () => {
  const download = { url: `${publicUrl}/links/secret`, expiresAt };
  const thumbnail = { cid: 'frame-1@frames', width: 160, height: 90 };

  test('the frames: a download without a login, until when, and the page', () => {
    const { text, html } = letter('video.processed', 'en', { download, thumbnail });
    expect(text).toContain(`Download the frames:\n${download.url}\n`);
    expect(text).toContain('until November 26, 2026');
    expect(text).toContain(`${publicUrl}/#/video/${id}`);
    expect(html).toContain(
      '<img src="cid:frame-1@frames" alt="A frame of your video" width="160" height="90"',
    );
    expect(letter('video.processed', 'pt-BR', { download }).text).toContain('até 26 de novembro de 2026');
    expect(letter('video.processed', 'en').html).not.toContain('<img');
  });

  test.each(['video.processed', 'video.failed', 'quota.nearly_used'] as const)(
    '%s: a way to get no more of its kind',
    (kind) => {
      const unsubscribeUrl = `${publicUrl}/unsubscribe/token`;
      const { text, html } = letter(kind, 'en', { unsubscribeUrl });
      expect(text).toContain(unsubscribeUrl);
      expect(html).toContain(`href="${unsubscribeUrl}"`);
    },
  );

  test('proofs: the page and the token', () => {
    expect(letter('account.verify').text).toContain(`${publicUrl}/#/verify/the-token\n`);
    expect(letter('account.reset').text).toContain(`${publicUrl}/#/reset/the-token\n`);
    const { reader } = setting('en');
    expect(() => templates['account.reset'].render({ tokenId: id }, { publicUrl, reader })).toThrow('token');
  });

  test('an incident: what, when, from where and with what, as far as that is known', () => {
    const { text } = letter('security.api_key_created');
    expect(text).toContain('Key: My key\nWhen: November 25, 2026');
    expect(text).toContain('From: 203.0.113.7\nWith: Mozilla/5.0 <script>');
    const bare = { at: incident.at, address: null, userAgent: null, name: null };
    const { text: less } = templates['security.new_login'].render(bare, setting('pt-BR'));
    expect(less).not.toMatch(/De:|Com:|Nome:/);
  });

  test('a quota: how much of what is used', () => {
    expect(letter('quota.nearly_used').text).toContain('Used: 92 GB (92%)\nLimit: 100 GB');
    const videos = { name: 'videosPerDay', used: 9000, limit: 10_000 };
    const { text } = templates['quota.nearly_used'].render(videos, setting('pt-BR'));
    expect(text).toContain('Usado: 9.000 (90%)');
  });
});
