"""What the page tells of a model: its name, what it can do, how far it is loaded, why it failed."""

import html

from core import ReelTalkError, download_size
from demo.models.host import ModelFailedError, ModelHost
from demo.page.html import busy_status, error_status
from demo.page.i18n import error_text, has, t
from demo.server.tabs import Tab


def model_title(host: ModelHost, lang: str) -> str:
    """What a visitor calls the model; plain text."""
    key = f"model.{host.name}.name"
    return t(key, lang) if has(key, lang) else host.key


def menu_title(host: ModelHost, lang: str) -> str:
    """The same with what choosing it would download."""
    title, size = model_title(host, lang), 0 if host.loaded else download_size(host.name)
    return t("model.to_download", lang, model=title, gigabytes=size / 10**9) if size else title


def card_html(tab: Tab) -> str:
    """The tab's model, and above it what is under way."""
    host, lang = tab.host, tab.language
    key = f"model.{host.name}.about"
    about = t(key if has(key, lang) else "model.other.about", lang)
    only = f"<p>{t(f'model.only.{host.languages[0]}', lang)}</p>" if len(host.languages) == 1 else ""
    title = html.escape(model_title(host, lang))
    return f'<div class="rt-model">{_under_way(tab)}<p><strong>{title}</strong> {about}</p>{only}</div>'


def _under_way(tab: Tab) -> str:
    """Another model is loaded or could not be, or the tab's own."""
    lang, choice = tab.language, tab.choice
    own = model_title(tab.host, lang)
    if choice is not None and choice.error is not None:
        reason = failure_text(choice.error, lang)
        return error_status(t("model.refused", lang, reason=reason, model=own))
    if choice is not None:
        wanted = model_title(choice.host, lang)
        return loading_status(choice.host, lang, t("model.until_then", lang, wanted=wanted, model=own))
    if tab.host.loading:
        return loading_status(tab.host, lang)
    return error_status(failure_text(tab.host.error, lang)) if tab.host.error else ""


def loading_status(host: ModelHost, lang: str, *more: str) -> str:
    """How far loading is. Of a checkpoint's download nothing is known but that it goes on."""
    key = f"model.{host.phase}" if host.phase in ("downloading", "downloading_file") else "model.loading"
    text = t(key, lang, percent=round(100 * host.fraction), **host.values)
    return busy_status(" · ".join([text, *more]), host.fraction)


def failure_text(error: Exception, lang: str) -> str:
    """What went wrong, in the visitor's language; a bug says no more than that there is one."""
    if isinstance(error, ReelTalkError):
        return error_text(error, lang)
    return t("model.failed" if isinstance(error, ModelFailedError) else "chat.failed", lang)
