import { notices } from '../../../lib/notices.ts';
import { footnotes } from './footnotes.ts';
import { greeting, moment, template } from './template.ts';

const words = {
  en: {
    'account.verify': {
      subject: 'Please confirm your e-mail address',
      told: 'Please confirm that this address is yours.',
      button: 'Confirm the address',
      other: 'If you have not asked for this, you need not do anything.',
    },
    'account.reset': {
      subject: 'Choose a new password',
      told: 'Somebody, hopefully you, has asked for a new password for your account.',
      button: 'Choose a new password',
      other: 'If that was not you, you need not do anything: your password stays as it is.',
    },
    deleted: {
      subject: 'Your account has been deleted',
      told: 'Your account has been deleted, as you asked. Your videos, their frames and everything else that we kept for you are being removed.',
      other: 'If that was not you, please write to whoever runs the service as soon as possible.',
    },
    until: 'This link works once, until',
  },
  'pt-BR': {
    'account.verify': {
      subject: 'Confirme seu endereço de e-mail',
      told: 'Confirme que este endereço é seu.',
      button: 'Confirmar o endereço',
      other: 'Se você não pediu isso, não precisa fazer nada.',
    },
    'account.reset': {
      subject: 'Escolha uma nova senha',
      told: 'Alguém, provavelmente você, pediu uma nova senha para a sua conta.',
      button: 'Escolher uma nova senha',
      other: 'Se não foi você, não precisa fazer nada: sua senha continua a mesma.',
    },
    deleted: {
      subject: 'Sua conta foi excluída',
      told: 'Sua conta foi excluída, como você pediu. Seus vídeos, os quadros deles e tudo o mais que guardávamos para você estão sendo removidos.',
      other: 'Se não foi você, escreva o quanto antes para quem administra o serviço.',
    },
    until: 'Este link funciona uma vez, até',
  },
};

/** A letter whose link proves that the reader reads this address; `page` is where the link leads. */
const proof = (kind: 'account.verify' | 'account.reset', page: 'verify' | 'reset') =>
  template(notices[kind].shape, (_payload, setting) => {
    const { reader, publicUrl, token } = setting;
    if (!token) throw new Error(`A letter ${kind} needs its token`);
    const say = words[reader.locale];
    const { subject, told, button, other } = say[kind];
    return {
      subject,
      preview: told,
      parts: [
        { kind: 'paragraph', text: greeting(reader) },
        { kind: 'paragraph', text: told },
        { kind: 'button', label: button, url: `${publicUrl}/#/${page}/${token.token}` },
        { kind: 'paragraph', text: `${say.until} ${moment(token.expiresAt, reader.locale)}.` },
        { kind: 'paragraph', text: other },
      ],
      footnotes: footnotes('account', setting),
    };
  });

export const accountVerify = proof('account.verify', 'verify');
export const accountReset = proof('account.reset', 'reset');

/** The last letter to a person; nobody is there any more to look up. */
export const accountDeleted = template(notices['account.deleted'].shape, (_payload, setting) => {
  const { subject, told, other } = words[setting.reader.locale].deleted;
  return {
    subject,
    preview: told,
    parts: [
      { kind: 'paragraph', text: greeting(setting.reader) },
      { kind: 'paragraph', text: told },
      { kind: 'paragraph', text: other },
    ],
    footnotes: footnotes('account', setting),
  };
});
