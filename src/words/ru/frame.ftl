skip-to-content = Перейти к содержанию
newsletters = Рассылки
archive = Архив
privacy-link = Что мы делаем с вашим адресом
language-of-page = Язык этой страницы

minutes = { $n ->
    [one] { $n } минуту
    [few] { $n } минуты
   *[many] { $n } минут
}
hours = { $n ->
    [one] { $n } час
    [few] { $n } часа
   *[many] { $n } часов
}
days = { $n ->
    [one] { $n } день
    [few] { $n } дня
   *[many] { $n } дней
}

error-not_found-title = Страница не найдена
error-not_found = По этому адресу страницы нет. Возможно, её перенесли или ссылка обрезана.
error-method_not_allowed-title = Здесь это не работает
error-method_not_allowed = Этот адрес не принимает такие запросы.
error-invalid_link-title = Эта ссылка не работает
error-invalid_link = Ссылка неполная или не наша. Почтовые программы иногда разрывают длинные ссылки: скопируйте адрес из письма в браузер целиком.
error-link_expired-title = Срок действия ссылки истёк
error-link_expired = Эта ссылка для подтверждения больше не работает: её срок истёк или её заменило более новое письмо. Если вы уже подтвердили подписку, больше ничего делать не нужно. Если нет, подпишитесь ещё раз.
error-too_large-title = Слишком много
error-too_large = Отправлено больше, чем принимает эта форма.
error-media_type-title = Это не форма
error-media_type = Эта форма принимает application/x-www-form-urlencoded.
error-cut_short-title = Прервано
error-cut_short = Запрос прервался. Пожалуйста, попробуйте ещё раз.
error-too_slow-title = Слишком медленно
error-too_slow = Запрос шёл слишком долго. Пожалуйста, попробуйте ещё раз.
error-refused-title = Не получилось
error-refused = Запрос не удалось понять.
error-prefetch-title = Ещё рано
error-prefetch = Ничего не сделано: запрос пришёл раньше нажатия. Пожалуйста, откройте ссылку и нажмите кнопку.
error-rate_limited-title = Пожалуйста, подождите немного
error-rate_limited = { $n ->
    [one] Из вашей сети было слишком много попыток. Попробуйте снова через { $n } минуту.
    [few] Из вашей сети было слишком много попыток. Попробуйте снова через { $n } минуты.
   *[many] Из вашей сети было слишком много попыток. Попробуйте снова через { $n } минут.
}
error-internal-title = Что-то пошло не так
error-internal = На нашей стороне произошла ошибка. Мы о ней знаем; попробуйте ещё раз чуть позже.
error-unavailable-title = Вернёмся через минуту
error-unavailable = Сервис ненадолго приостановлен. Попробуйте снова через минуту; ничего не потеряно.
error-unknown_publication-title = Такой рассылки нет
error-unknown_publication = Рассылки с таким названием здесь нет. На главной странице есть все.
error-unknown_edition-title = Такого выпуска нет
error-unknown_edition = По этому адресу выпуска нет. В архиве есть все отправленные.
request-number = Запрос { $name }

link-to-the-front-page = На главную
link-to-the-archive = В архив
link-sign-up-again = Подписаться снова

error-nobody_kept-title = Здесь больше ничего не хранится
error-nobody_kept = Настройки по этой ссылке удалены, или после отписки истёк их срок. Письма вам не приходят. Вы можете подписаться снова.
