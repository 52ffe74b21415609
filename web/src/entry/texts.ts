import { dictionary } from '../i18n/dictionary.ts';
import type { Text } from '../i18n/fill.ts';

const en = {
  forgotTitle: 'A new password',
  forgotIntro: 'Type your e-mail address. We send a link there, with which you choose a new password.',
  sendLink: 'Send the link',
  linkSent: 'Look into your mailbox',
  linkSentMore:
    'If there is an account with {email}, a mail with a link is on its way. It works for an hour and once.',
  nothingCame: 'Nothing came? Look among unwanted mail, or ask again in a few minutes.',
  otherAddress: 'Use another address',
  backToLogin: 'Back to log in',

  resetTitle: 'Choose a new password',
  resetIntro: 'It ends all sessions of your account, wherever they are.',
  newPassword: 'New password',
  setPassword: 'Set the password',
  passwordSet: 'Your new password is set. Log in with it.',
  linkUsed: 'This link does not work',
  linkUsedMore: 'It was used already, or it is not complete. Ask for a new one.',
  linkExpired: 'This link is too old',
  linkExpiredMore: 'Links work for a short time only. Ask for a new one.',
  askAgain: 'Ask for a new link',

  verifying: 'Confirming your address',
  verified: 'Your address is confirmed',
  verifiedMore: 'Thank you. We can reach you now, whatever happens.',
  verifyUsedMore:
    'It was used already, or it is not complete. Your profile tells whether your address is confirmed.',
  verifyExpiredMore: 'Links work for a short time only. Your profile can send you a new one.',
  toProfile: 'To your profile',
} satisfies Record<string, Text>;

const ptBR: Record<keyof typeof en, Text> = {
  forgotTitle: 'Uma nova senha',
  forgotIntro: 'Digite seu e-mail. Enviamos um link para você escolher uma nova senha.',
  sendLink: 'Enviar o link',
  linkSent: 'Veja sua caixa de entrada',
  linkSentMore:
    'Se houver uma conta com {email}, um e-mail com um link está a caminho. Ele vale por uma hora e uma vez.',
  nothingCame: 'Não chegou? Veja entre os e-mails indesejados, ou peça de novo em alguns minutos.',
  otherAddress: 'Usar outro endereço',
  backToLogin: 'Voltar para entrar',

  resetTitle: 'Escolha uma nova senha',
  resetIntro: 'Ela encerra todas as sessões da sua conta, onde quer que estejam.',
  newPassword: 'Nova senha',
  setPassword: 'Definir a senha',
  passwordSet: 'Sua nova senha está valendo. Entre com ela.',
  linkUsed: 'Este link não funciona',
  linkUsedMore: 'Já foi usado, ou está incompleto. Peça um novo.',
  linkExpired: 'Este link é antigo demais',
  linkExpiredMore: 'Links valem só por pouco tempo. Peça um novo.',
  askAgain: 'Pedir um novo link',

  verifying: 'Confirmando seu endereço',
  verified: 'Seu endereço está confirmado',
  verifiedMore: 'Obrigado. Agora podemos falar com você, aconteça o que acontecer.',
  verifyUsedMore: 'Já foi usado, ou está incompleto. Seu perfil diz se o seu endereço está confirmado.',
  verifyExpiredMore: 'Links valem só por pouco tempo. Seu perfil pode enviar um novo.',
  toProfile: 'Ir para o seu perfil',
};

/** A text of the views that mailed links lead to. */
export const e = dictionary<keyof typeof en>(en, ptBR);
