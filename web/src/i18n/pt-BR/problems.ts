import type { failures as englishFailures, problems as englishProblems } from '../en/problems.ts';
import type { ProblemCode } from '../../../../lib/errors.ts';
import type { FailureCode } from '../../../../lib/failures.ts';

export const problems: Record<ProblemCode | 'offline', string> & typeof englishProblems = {
  offline: 'Não foi possível acessar o servidor. Verifique sua conexão e tente novamente.',
  bad_request: 'O servidor não entendeu o que a página enviou. Recarregue a página e tente mais uma vez.',
  unauthorized: 'Você não está mais conectado. Entre novamente.',
  invalid_credentials: 'O e-mail ou a senha estão errados. Confira os dois e tente novamente.',
  invalid_token: 'Sua sessão terminou. Entre novamente.',
  second_factor_required:
    'Esta conta precisa de uma segunda etapa. Digite o código do seu aplicativo autenticador.',
  invalid_code: 'Este código está errado ou é antigo demais. Digite o que o aplicativo mostra agora.',
  account_disabled: 'Esta conta está fechada. Fale com quem administra este sistema.',
  forbidden: 'Sua conta não pode fazer isso. Entre com outra, ou fale com quem cuida deste sistema.',
  forbidden_target: 'Este endereço fica em uma rede privada. Digite um que possa ser acessado pela internet.',
  too_many_webhooks: 'Você já tem o número máximo de webhooks. Remova um primeiro.',
  not_found: 'Isto não está mais aqui. Volte para os seus vídeos.',
  method_not_allowed: 'O servidor não conhece esta ação. Recarregue a página e tente mais uma vez.',
  upload_timeout: 'Nada chegou por tempo demais. Verifique sua conexão e continue o envio.',
  email_taken: 'Este e-mail já tem uma conta. Entre nela ou use outro endereço.',
  invalid_state: 'Isto não é possível no estado de agora. Veja como está e decida de novo.',
  not_ready: 'Os quadros ainda não estão prontos. Espere o vídeo terminar e tente novamente.',
  upload_offset_mismatch: 'O envio continua em outro ponto. Continue, e a página encontra o ponto certo.',
  expired: 'Isto não está mais guardado. Peça novamente.',
  precondition_failed: 'Isto mudou enquanto isso. Recarregue a página e tente mais uma vez.',
  tus_version: 'A página é mais antiga que o servidor. Recarregue a página.',
  too_large: 'O arquivo é maior que o limite. Escolha um menor ou mais curto.',
  unsupported_media:
    'Este não é um arquivo de vídeo que aceitamos. Escolha um MP4, MOV, MKV, WebM, AVI ou MPEG.',
  range_not_satisfiable: 'O trecho pedido está fora do arquivo. Comece o download novamente.',
  validation_failed: 'Algo no formulário não está certo. Corrija e tente novamente.',
  invalid_recipe: 'Estes quadros não podem ser extraídos. Confira a escolha, sobretudo os tempos.',
  idempotency_mismatch: 'Isto foi começado para outro arquivo. Escolha o arquivo novamente.',
  upload_locked:
    'O envio está sendo gravado em outro lugar, talvez em outra aba. Espere um momento e continue.',
  too_many_requests: 'Foram tentativas demais. Espere um pouco e tente novamente.',
  quota_exceeded: 'Sua cota acabou. Exclua vídeos de que não precisa, ou volte amanhã.',
  checksum_mismatch: 'O arquivo chegou danificado. Envie-o novamente.',
  internal_error: 'Algo deu errado do nosso lado. Tente novamente; se continuar assim, tente mais tarde.',
  not_supported: 'Isto não está disponível aqui. Escolha outro caminho.',
  overloaded: 'Há muito a fazer agora. Nada se perdeu; aguarde um momento e tente novamente.',
  unavailable: 'O serviço não está disponível agora. Nada se perdeu; tente novamente em um minuto.',
};

export const failures: Record<FailureCode, string> & typeof englishFailures = {
  empty_file: 'O arquivo está vazio. Envie-o novamente a partir do original.',
  not_a_video: 'O arquivo não é um vídeo que conseguimos ler. Verifique se ele toca e envie-o novamente.',
  corrupt_video:
    'O arquivo está danificado ou incompleto: falta o índice. Envie-o novamente a partir do original.',
  no_video_stream: 'O arquivo não tem imagem: contém apenas som ou outras faixas. Escolha outro arquivo.',
  no_frames:
    'Não foi possível ler nenhum quadro, ou nenhum está no intervalo escolhido. Escolha outro intervalo ou confira o arquivo.',
  too_long: 'O vídeo é mais longo que o limite. Corte-o em partes mais curtas e envie essas partes.',
  too_many_pixels: 'A imagem é maior que o limite. Envie o vídeo em um tamanho menor.',
  too_many_frames: 'Seriam mais quadros que o limite. Escolha um intervalo maior ou menos quadros.',
  processing_timeout: 'A extração demorou mais que o limite. Escolha menos quadros, ou uma parte do vídeo.',
  attempts_exhausted: 'Tentamos várias vezes e não conseguimos terminar. Tente novamente mais tarde.',
};

export const fields: Record<string, string> = {
  email: 'Digite um e-mail completo, como nome@exemplo.com.',
  password: 'Use de 10 a 200 caracteres difíceis de adivinhar.',
  'password:too_short': 'Use pelo menos 10 caracteres.',
  'password:too_long': 'Isso é longo demais. Use no máximo 200 caracteres.',
  'password:too_common': 'Esta senha está entre as primeiras que invasores tentam. Escolha outra.',
  'password:like_email': 'Isto se parece demais com o seu e-mail ou nome. Escolha outra coisa.',
  newPassword: 'Use de 10 a 200 caracteres difíceis de adivinhar.',
  'newPassword:too_short': 'Use pelo menos 10 caracteres.',
  'newPassword:too_long': 'Isso é longo demais. Use no máximo 200 caracteres.',
  'newPassword:too_common': 'Esta senha está entre as primeiras que invasores tentam. Escolha outra.',
  'newPassword:like_email': 'Isto se parece demais com o seu e-mail ou nome. Escolha outra coisa.',
  'password:wrong': 'Esta senha não está certa. Digite-a novamente.',
  'currentPassword:wrong': 'Esta senha não está certa. Digite-a novamente.',
  'code:wrong': 'Este código está errado ou é antigo demais. Digite o que o aplicativo mostra agora.',
  name: 'Use no máximo 100 letras, sem quebras de linha.',
  code: 'Digite os seis dígitos do código.',
  'url:forbidden': 'Este endereço fica em uma rede privada. Digite um que possa ser acessado pela internet.',
  url: 'Digite um endereço completo, que comece com https://.',
  'select.seconds': 'Digite um número de segundos a partir de 0,001, com no máximo três casas decimais.',
  'select.count': 'Digite um número inteiro de 1 a 1.000.000.',
  'select.times': 'Digite pelo menos um momento, como 0:05 ou 95.5, com espaços entre eles.',
  'select.threshold': 'Escolha um valor entre 0 e 1.',
  quality: 'Digite um número inteiro de 1 a 100.',
  maxWidth: 'Digite um número inteiro de 16 a 16.384.',
  maxHeight: 'Digite um número inteiro de 16 a 16.384.',
  start: 'Digite um número de segundos, 0 ou mais.',
  end: 'O fim deve vir depois do início.',
};
