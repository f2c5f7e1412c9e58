"""What people type, and the text that must be found by it; look-alikes that must not meet."""

# (query, text)
RUSSIAN = [
    # cases and numbers
    ("лотереи с небольшими призами", "лотерея, небольшой приз"),
    ("потерял ключ от шкафчика", "Потерянные ключи от шкафчиков"),
    ("скидка пенсионеру", "Скидки для пенсионеров"),
    ("справка о зарплате", "Справки о зарплатах выдаёт бухгалтерия"),
    ("анализы крови натощак", "Анализ крови сдают натощак"),
    ("выигрышные билеты", "Билет выигрышной серии"),
    ("сертификатом на подарок", "Подарочный сертификат"),
    ("магазины в аэропортах", "Магазин в аэропорту"),
    ("очередь к терапевту", "Очереди у терапевтов"),
    ("имена получателей", "Имя получателя"),
    ("матерям двоих детей", "Мать двух детей"),
    ("путями эвакуации", "Путь эвакуации"),
    # verbs: persons, tenses, aspects
    ("не приходит код из смс", "Код из СМС не пришёл"),
    ("оформляю рассрочку", "Как оформить рассрочку"),
    ("заблокировали карту", "Если банк блокирует карту"),
    ("принимаете наличные", "Курьер примет наличные"),
    ("списали комиссию дважды", "Комиссия списывается два раза, дважды"),
    ("переносил запись к стоматологу", "Перенести запись к стоматологу"),
    ("роутер перезагружается сам", "Перезагрузите роутер"),
    ("приложение зависает", "Приложение зависло"),
    ("обещали перезвонить", "Оператор обещает перезвонить"),
    ("увольняюсь по собственному желанию", "Уволиться по собственному желанию"),
    ("распечатал этикетку", "Этикетку распечатывают дома"),
    ("беру отгул", "Отгул можно взять"),
    ("сбросить настройки", "Сбрасывать настройки"),
    ("ношу очки", "Носить очки"),
    ("сажусь на больничный", "Сесть на больничный"),
    ("установлю драйвер", "Драйвер устанавливается"),
    # participles and gerunds
    ("оплаченный, но недоставленный товар", "Товар оплатили, но не доставили"),
    ("повреждённая упаковка", "Упаковку повредили"),
    ("забытые вещи в примерочной", "Вещи, которые забыли в примерочной"),
    ("удалённая фотография", "Удалить фотографию"),
    ("приложив чек", "Приложите чек"),
    ("просроченный паспорт", "Паспорт просрочили"),
    # verb and noun
    ("оплатить штраф", "Оплата штрафов"),
    ("вернуть пальто", "Возврат пальто"),
    ("отменить бронь", "Отмена брони"),
    ("обменять валюту", "Обмен валюты"),
    ("перевести деньги за границу", "Переводы денег за границу"),
    ("доставить пианино", "Доставка пианино"),
    ("записаться на прививку", "Запись на прививки"),
    ("пожаловаться на продавца", "Жалоба на продавца"),
    ("застраховать квартиру", "Страхование квартир"),
    ("уведомить начальника", "Уведомление начальника"),
    ("подписаться на рассылку", "Подписка на рассылку"),
    ("примерить платье", "Примерка платьев"),
    ("участвовать в розыгрыше", "Участие в розыгрыше"),
    ("восстановить логин", "Восстановление логина"),
    ("как заказать пропуск", "Заказ пропусков"),
    ("согласовать командировку", "Согласование командировки"),
    ("выдать ноутбук новичку", "Выдача ноутбуков новичкам"),
    ("получить выплату наследникам", "Получение выплаты наследниками"),
    ("лечить кашель", "Лечение кашля"),
    ("подтвердить возраст", "Подтверждение возраста"),
    ("выиграть велосипед", "Выигрыш: велосипед"),
    ("отслеживать грузовик", "Отслеживание грузовика"),
    # comparative and short forms
    ("тариф дешевле", "Дешёвый тариф"),
    ("пылесос потише", "Тихий пылесос"),
    ("кредит выгоднее", "Выгодный кредит"),
    ("телевизор побольше", "Большой телевизор"),
    ("балкон свободен", "Свободный балкон"),
    ("матрас жёсткий", "Матрас жёсток"),
    ("быстрейший самокат", "Быстрый самокат"),
    # ё and е, reflexives
    ("счет за тёплую воду", "Счёт за теплую воду"),
    ("зачет по экономике", "Зачёт по экономике"),
    ("зеркало разбилось", "Зеркало разбили"),
    ("кнопка не нажимается", "Нажмите кнопку"),
    ("зарядка ноута не включается", "Включить зарядку ноута"),
    # fleeting vowels, suppletion
    ("скидка в день рождения", "Ребята получают скидку накануне дня рождения"),
    ("путёвка ребятам", "Путёвки для ребёнка"),
    ("кусок мыла", "Куски мыла"),
    ("окна кассы", "Окон кассы"),
    ("собаки и псы в отеле", "Пёс и собака в отеле"),
    ("человек на входе", "Люди на входе"),
    ("куда идти с травмой", "Он шёл с травмой в травмпункт"),
    ("стаж пять лет", "Стаж: один год, пять"),
    ("сёстры-близнецы", "Сестра, близнец"),
    ("лучше взять ипотеку", "Хорошая ипотека, которую взяли"),
    # diminutives
    ("карточка лояльности потерялась", "Карта лояльности потеряна"),
    ("коробочка конфет", "Коробка конфет"),
    ("окошко регистратуры", "Окно регистратуры"),
    ("денежки на депозите", "Деньги на депозите"),
    ("файлик с отчётиком", "Файл с отчётом"),
    # abbreviations with endings, Latin words with Russian endings, both alphabets
    ("пришла смска от банкомата", "Приходит SMS от банкомата"),
    ("ПДФка договора аренды", "PDF договора аренды"),
    ("войти с API-ключом", "Вход по ключу API"),
    ("сменить e-mail'ы сотрудникам", "Поменять email сотрудника"),
    ("вайфаем не пользуюсь", "Пользоваться Wi-Fi"),
    ("подключение по VPN'у из дома", "Дома подключают VPN"),
    ("Excel'е формулы", "Формула в экселе"),
    ("USB-кабелем зарядить", "Зарядка: кабель USB"),
    ("посоветуйте вуз", "Советуем вузы"),
    ("поликлиника по ОМСу", "Полис ОМС и поликлиника"),
    ("вход через госуслуги в вотсапе", "WhatsApp: войдите через Госуслуги"),
    # hyphens
    ("онлайн-касса", "онлайн касса"),
    ("интернет-магазином мебели", "Интернет магазин: мебель"),
    ("пин-код карточки", "Пинкод карты"),
    ("бизнес-ланчи", "Бизнес ланч"),
    ("кол-центр", "Колл-центр"),
]

ENGLISH = [
    # irregular verbs
    ("I bought a broken kettle", "If you buy a kettle and it breaks"),
    ("my parcel was stolen", "When somebody steals a parcel"),
    ("the courier drove away", "A courier drives away"),
    ("we chose the wrong sofa", "Choosing a wrong sofa"),
    ("I left my umbrella", "Leaving an umbrella behind"),
    ("who drew the winning numbers", "Drawing the winning number"),
    ("the screen froze", "Freezing screens"),
    ("nurse gave an injection", "Injections given by nurses"),
    ("shoes worn outside", "You can wear the shoes outside"),
    ("the lamp fell and shattered", "Shattering lamps that fall"),
    ("I forgot my passcode", "Forgetting the passcode"),
    # plurals
    ("wife's maternity benefits", "Maternity benefit for wives"),
    ("children's bicycles", "A bicycle for a child"),
    ("loose teeth at the dentist", "A dentist and a loose tooth"),
    ("shelves for a garage", "Shelf in the garage"),
    ("company policies on knives", "The company policy on a knife"),
    ("lottery syndicates", "A lottery syndicate"),
    ("women in boxes", "A woman in a box"),
    ("analyses of invoices", "Invoice analysis"),
    # families
    ("cancelling my subscription", "Subscribe and cancel"),
    ("payment for gym", "Paying the gym"),
    ("deliver furniture", "Furniture delivery"),
    ("verify a birthday", "Birthday verification"),
    ("register a vehicle", "Vehicle registration"),
    ("apply for a mortgage", "Mortgage application"),
    ("notify the landlord", "Notification of the landlord"),
    ("install a dishwasher", "Dishwasher installation and installers"),
    ("winner of the raffle", "How to win a raffle"),
    ("description of a vacancy", "Describe the vacancy"),
    ("renew a library pass", "Library pass renewal"),
    ("translator for court", "Translation in court"),
    ("printing labels", "A printer of labels"),
    ("reduce the volume", "Volume reduction"),
    ("permission to park", "Parking is permitted"),
    ("insured against floods", "Flood insurance"),
    ("decide about redundancy", "Redundancy decision"),
    ("employees' lockers", "Locker of an employee"),
    ("shipment of pianos", "Shipping a piano"),
    ("complain about noise", "Noise complaints"),
    ("easier recipes", "An easy recipe"),
    ("the cheapest warranty", "Cheap warranty"),
    ("withdraw cash", "Cash withdrawals"),
    # possessives
    ("customer's signature", "Customers' signatures"),
    ("boss’s approval", "A boss approves"),
    # British and American
    ("change the color of curtains", "Curtains of another colour"),
    ("organize a picnic", "Organising picnics"),
    ("canceled flight", "A cancelled flight"),
    ("call center hours", "Hours of the call centre"),
    ("driver's license", "Driving licence"),
    ("favorite theater", "A favourite theatre"),
    ("gray catalog", "The grey catalogue"),
    ("traveler's check", "Traveller's cheques"),
    # hyphens and spellings
    ("update my e-mail", "Updating an email"),
    ("sign-in problems on a tablet", "Problem with the tablet login"),
    ("can't log in from abroad", "Login from abroad"),
    ("sign up for yoga", "Yoga sign-up"),
    ("wifi in the lobby", "Lobby Wi-Fi"),
    ("backing up photos", "Photo backup"),
    ("set up a thermostat", "Thermostat setup"),
    ("check out as a guest", "Guest checkout"),
    ("pre-order a console", "Preordering consoles"),
    ("web site outage", "Website outages"),
]

# Look alike, mean other things: no term in common.
DIFFERENT = [
    ("мука", "муж"),
    ("банк", "стеклянной банкой"),
    ("новость", "новый"),
    ("карта", "картофель"),
    ("счёт", "счастье"),
    ("страховка", "страх"),
    ("почка", "почта"),
    ("доля", "долг"),
    ("касса", "каска"),
    ("приз", "призыв"),
    ("полис", "полиция"),
    ("вклад", "вкладка"),
    ("команда", "командировка"),
    ("больной", "большой"),
    ("стол", "столица"),
    ("статья", "стать"),
    ("час", "часть"),
    ("врач", "вращать"),
    ("плата", "платок"),
    ("точка", "точный"),
    ("пара", "парад"),
    ("мир", "мера"),
    ("лотерея", "лоток"),
    ("пункт", "пунктир"),
    ("отпуск", "выпуск"),
    ("universe", "university"),
    ("organ", "organization"),
    ("general", "generate"),
    ("new", "news"),
    ("policy", "police"),
    ("past", "paste"),
    ("author", "authority"),
    ("busy", "business"),
    ("customs", "customer"),
    ("emerge", "emergency"),
    ("experiment", "experience"),
    ("several", "sever"),
    ("import", "important"),
    ("department", "depart"),
    ("secret", "secretary"),
    ("station", "state"),
    ("corner", "corn"),
    ("number", "numb"),
    ("desert", "dessert"),
    ("invent", "inventory"),
]

# Subjects of which no pair speaks.
FILLERS = {
    "ru": """
        Ледники медленно сползают с гор.
        Пчёлы опыляют яблони весной.
        Скрипка звучит выше альта.
        Ели растут на северном склоне.
        Тесто поднимается под полотенцем.
        Вулкан дымился всю неделю.
        Художник смешивает охру и лазурь.
        Лодка скользит по озеру.
        Туман рассеялся к полудню.
        Лисица прячется в норе.
        Археологи раскопали древний курган.
        Рыцарь носил тяжёлые доспехи.
        Комета видна перед рассветом.
        Повар нарезает петрушку.
        Дельфины плывут стаями.
        Гроза прошла над степью.
        Балерина репетирует прыжок.
        Песок в пустыне раскалён.
        Шахматист жертвует ферзя.
        Альпинисты разбили лагерь у перевала.
        Поэт сочинил сонет о луне.
        Грибники бродят по лесу.
        Река впадает в море.
        Кузнец куёт подкову.
        Ветер гонит листву вдоль аллеи.
        Орган играет фугу Баха.
        Черепаха живёт долго.
        Астроном открыл спутник Юпитера.
        Щука клюёт на живца.
        Виноград созревает в сентябре.
        Вратарь отбил пенальти.
        Крестьяне косят траву.
        Маяк светит рыбакам.
        Пингвины высиживают птенцов.
        Хор поёт старинный гимн.
        Пекарь посыпает булку маком.
        Снег скрипит под лыжами.
        Оркестр играл вальс.
        Мозаика украшает купол собора.
        Верблюд пьёт из колодца.
    """,
    "en": """
        Glaciers creep down from the mountains.
        Bees pollinate apple blossom.
        A violin sounds higher than a viola.
        Spruces grow on the northern slope.
        Dough rises beneath a towel.
        The volcano smoked all week.
        A painter mixes ochre and azure.
        Boats glide across the lake.
        Fog lifted at noon.
        Foxes hide in their burrow.
        Archaeologists dug up an ancient mound.
        The knight had heavy armour.
        A comet is visible before dawn.
        Cooks chop parsley.
        Dolphins swim in pods.
        Thunder rolled over the prairie.
        The ballerina rehearses a leap.
        Sand in the desert is scorching.
        A chess player sacrifices the queen.
        Climbers camped below the ridge.
        The poet composed a sonnet.
        Mushrooms sprout in damp woods.
        Rivers flow into the sea.
        A blacksmith forges horseshoes.
        Wind chases leaves along the avenue.
        Trombones accompany the choir.
        Tortoises live long.
        An astronomer discovered Jupiter's moons.
        Pikes bite on live bait.
        Grapes ripen in September.
        A goalkeeper saved the penalty.
        Peasants mow the meadow.
        Lighthouses guide fishermen.
        Penguins hatch their chicks.
        The choir sings an old hymn.
        Bakers sprinkle buns with poppy seed.
        Snow squeaks under skis.
        An orchestra played a waltz.
        Mosaics adorn the cathedral dome.
        Camels drink from the well.
    """,
}
