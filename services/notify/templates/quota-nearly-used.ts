import { notices } from '../../../lib/notices.ts';
import { footnotes } from './footnotes.ts';
import { greeting, template } from './template.ts';
import { readableSize } from './words.ts';

const words = {
  en: {
    storedBytes: {
      subject: 'Your storage is nearly full',
      told: 'Your videos and their frames take up nearly all the storage that you have.',
      next: 'When it is full, you can upload nothing more until you delete something.',
    },
    videosPerDay: {
      subject: 'You have nearly reached today’s number of videos',
      told: 'You have made nearly as many videos as you can in one day (UTC).',
      next: 'When you have reached the limit, you can go on after midnight UTC.',
    },
    used: 'Used',
    limit: 'Limit',
    open: 'Open your videos',
  },
  'pt-BR': {
    storedBytes: {
      subject: 'Seu espaço está quase cheio',
      told: 'Seus vídeos e os quadros deles ocupam quase todo o espaço que você tem.',
      next: 'Quando ele estiver cheio, só será possível enviar mais depois de excluir alguma coisa.',
    },
    videosPerDay: {
      subject: 'Você quase atingiu o número de vídeos de hoje',
      told: 'Você criou quase tantos vídeos quantos pode em um dia (UTC).',
      next: 'Quando atingir o limite, você pode continuar depois da meia-noite UTC.',
    },
    used: 'Usado',
    limit: 'Limite',
    open: 'Abrir seus vídeos',
  },
};

/** A limit will soon stand in the way: which, how near, what helps. */
export const quotaNearlyUsed = template(notices['quota.nearly_used'].shape, (payload, setting) => {
  const { name, used, limit } = payload;
  const { reader, publicUrl } = setting;
  const { locale } = reader;
  const say = words[locale];
  const amount = (of: number) =>
    name === 'storedBytes' ? readableSize(of, locale) : of.toLocaleString(locale);
  const share = (limit > 0 ? used / limit : 1).toLocaleString(locale, { style: 'percent' });
  return {
    subject: say[name].subject,
    preview: say[name].told,
    parts: [
      { kind: 'paragraph', text: greeting(reader) },
      { kind: 'paragraph', text: say[name].told },
      {
        kind: 'facts',
        facts: [
          [say.used, `${amount(used)} (${share})`],
          [say.limit, amount(limit)],
        ],
      },
      { kind: 'paragraph', text: say[name].next },
      { kind: 'button', label: say.open, url: `${publicUrl}/#/` },
    ],
    footnotes: footnotes('quota', setting),
  };
});
