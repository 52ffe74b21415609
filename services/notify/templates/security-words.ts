import type { Locale } from '../../../lib/contracts.ts';
import type { SecurityKind } from './security.ts';

interface Words {
  subject: string;
  told: string;
  /** What the notice's `name` is, where that is not plain. */
  name?: string;
  /** What to do, where that is something else than with the other kinds. */
  advice?: string;
}

interface Language {
  name: string;
  when: string;
  address: string;
  userAgent: string;
  advice: string;
  open: string;
  openWebhooks: string;
  kinds: Record<SecurityKind, Words>;
}

const en: Language = {
  name: 'Name',
  when: 'When',
  address: 'From',
  userAgent: 'With',
  advice:
    'If that was you, all is well. If it was not, choose a new password now: that ends every session. Then look at your account’s sessions and keys.',
  open: 'Look at your account',
  openWebhooks: 'Look at your webhooks',
  kinds: {
    'security.new_login': {
      subject: 'A new login to your account',
      told: 'Somebody has logged in to your account from a browser or a network that we have not seen before.',
    },
    'security.password_changed': {
      subject: 'Your password has been changed',
      told: 'The password of your account has been changed. All other sessions have ended.',
    },
    'security.password_reset': {
      subject: 'Your password has been reset',
      told: 'A new password was chosen for your account by a link in an e-mail. All sessions have ended.',
    },
    'security.sessions_ended': {
      subject: 'Sessions of your account have been ended',
      told: 'Sessions of your account have been ended; those browsers must log in again.',
      advice:
        'If you did this, all is well. If you did not, an old session may have been used by somebody else: choose a new password now.',
    },
    'security.second_factor_enabled': {
      subject: 'Two-step login is on',
      told: 'From now on a login to your account needs a code from your app beside the password.',
    },
    'security.second_factor_disabled': {
      subject: 'Two-step login is off',
      told: 'From now on the password alone is enough to log in to your account.',
    },
    'security.recovery_code_used': {
      subject: 'A recovery code has been used',
      told: 'Somebody has logged in to your account with a recovery code. That code works no more.',
    },
    'security.api_key_created': {
      subject: 'A new API key for your account',
      told: 'An API key has been made for your account. Whoever has it can act for you.',
      name: 'Key',
      advice: 'If that was you, all is well. If it was not, delete the key and choose a new password now.',
    },
    'security.webhook_disabled': {
      subject: 'A webhook has been switched off',
      told: 'One of your webhooks could not be delivered for so long that it has been switched off.',
      name: 'Address',
      advice: 'When its receiver works again, you can switch it on and send again what was missed.',
    },
  },
};

const ptBR: Language = {
  name: 'Nome',
  when: 'Quando',
  address: 'De',
  userAgent: 'Com',
  advice:
    'Se foi você, está tudo certo. Se não foi, escolha uma nova senha agora: isso encerra todas as sessões. Depois, confira as sessões e as chaves da sua conta.',
  open: 'Ver sua conta',
  openWebhooks: 'Ver seus webhooks',
  kinds: {
    'security.new_login': {
      subject: 'Novo login na sua conta',
      told: 'Alguém entrou na sua conta com um navegador ou por uma rede que ainda não conhecíamos.',
    },
    'security.password_changed': {
      subject: 'Sua senha foi alterada',
      told: 'A senha da sua conta foi alterada. Todas as outras sessões foram encerradas.',
    },
    'security.password_reset': {
      subject: 'Sua senha foi redefinida',
      told: 'Uma nova senha foi escolhida para a sua conta por um link em um e-mail. Todas as sessões foram encerradas.',
    },
    'security.sessions_ended': {
      subject: 'Sessões da sua conta foram encerradas',
      told: 'Sessões da sua conta foram encerradas; esses navegadores precisam entrar de novo.',
      advice:
        'Se foi você, está tudo certo. Se não foi, outra pessoa pode ter usado uma sessão antiga: escolha uma nova senha agora.',
    },
    'security.second_factor_enabled': {
      subject: 'O login em duas etapas está ativado',
      told: 'De agora em diante, o login na sua conta pede, além da senha, um código do seu aplicativo.',
    },
    'security.second_factor_disabled': {
      subject: 'O login em duas etapas está desativado',
      told: 'De agora em diante, basta a senha para entrar na sua conta.',
    },
    'security.recovery_code_used': {
      subject: 'Um código de recuperação foi usado',
      told: 'Alguém entrou na sua conta com um código de recuperação. Esse código não funciona mais.',
    },
    'security.api_key_created': {
      subject: 'Nova chave de API da sua conta',
      told: 'Uma chave de API foi criada para a sua conta. Quem a tiver pode agir em seu nome.',
      name: 'Chave',
      advice: 'Se foi você, está tudo certo. Se não foi, exclua a chave e escolha uma nova senha agora.',
    },
    'security.webhook_disabled': {
      subject: 'Um webhook foi desativado',
      told: 'Um dos seus webhooks não pôde ser entregue por tanto tempo que foi desativado.',
      name: 'Endereço',
      advice: 'Quando o destino voltar a funcionar, você pode ativá-lo e enviar de novo o que faltou.',
    },
  },
};

/** What the letters about an account's safety say. */
export const securityWords: Record<Locale, Language> = { en, 'pt-BR': ptBR };
