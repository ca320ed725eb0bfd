export { AesSecretBox } from './aes-secret-box.ts'
