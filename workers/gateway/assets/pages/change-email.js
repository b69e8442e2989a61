import { confirmByForm, takeToken } from "./link-page.js";

confirmByForm(takeToken(), "/account/email/confirm");
