skip-to-content = Перейти к содержанию
newsletters = Рассылки
archive = Архив
privacy-link = Что мы делаем с вашим адресом
language-of-page = Язык этой страницы

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
