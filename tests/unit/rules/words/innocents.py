"""Prompts and words that mean no harm, although a blocked word is inside them or near them."""

_INSIDE = """
Scunthorpe Penistone Lightwater Clitheroe Sussex Essex Middlesex Wessex Cockermouth Hancock Peacock Hitchcock Babcock
shuttlecock cocktail cockatoo cockpit cockroach woodcock weathercock stopcock cockle assassin assistant assignment
assemble asset assume associate assure bass brass class classic compass embarrass glass grass harass hassle lass mass
massage massive pass passage passenger passion passive sass tassel vassal Picasso lasso canvass carcass cassette
cassowary Lassie molasses morass potassium surpass trespass ambassador amass basset cuirass title titan titanium
entitle appetite constitution institute petite stalactite titmouse titration competitive analysis analog canal banal
analyst analogy psychoanalysis manalishi grape drape scrape therapist trapeze parapet rapeseed skyscraper cucumber
document circumstance accumulate succumb incumbent cumulus cumin cummerbund cumbersome sextant sextet sexton unisex
bisexual asexual intersex sexagenarian Sextans dexterity dickens Dickinson predicate addict verdict contradict
Benedict edict medick shitake shiitake mishit Matsushita hello shell Michelle seashell Helleborus hentailike nigella
niggardly snigger Niger Nigeria denigrate basement embassy brassica assay Nassau crapshoot scrap scrappy crappie hoare
whorl pussycat pussyfoot pussywillow slutty-less fagot fagus faggots twattle wristwatch
"""
INSIDE = _INSIDE.split()


SENTENCES = """
menu delight
a cafe menu, delightful food
as is
as sunny as a day in May
he has so many ideas
a glass of wine
mass effect poster
a bass guitar on a stage
class of 1955
4k 8k 1080p 16:9 3d render
455 balloons and 80085 stars
good food, cool moon, book
a red apple
a chicken coop
the poop deck of a ship
two coffees, three bees, a balloon
well-dressed men, used cars
the menu. Denver skyline
nu metal band, de luxe
u d
a b c d e f g
x y z
12 x 12 grid
C-3PO and R2-D2
mid-century modern
a portrait in the style of Rembrandt
the town of Scunthorpe at dusk
a peacock in Essex
the therapist's office
a vacuum cleaner, a skiing bear
aardvark
the continuum of residuum
radii and taxiing planes
llama in pyjamas
I O U
U.S.A. flag
U.K. and E.U.
e.g. a dog, i.e. an animal
P.S. I love you
Dr. No, Mr. T
rock'n'roll
don't, can't, won't
s'mores by the fire
1st, 2nd, 3rd prize
b2b, p2p, h2o
W8 for me
50% off! Only $5.00
a+b=c
I <3 you
:) :( ;) xD
#nofilter @home
http://example.org/a_b-c
C++ and C#
5'11" tall
mother-of-pearl
jack-in-the-box
a 1967 Chevrolet, 3/4 view
f/1.8, ISO 100, 85mm lens
flag of 🇩🇪 and 🇫🇷
🇳🇴 🇺🇸 🇩🇪
a 🐈 with a 🎩
café au lait
naïve façade
Zoë and Chloë
Ångström
smörgåsbord
jalapeño
Ελληνική σαλάτα
μια γάτα στον ήλιο
кот сидит на окне
старый сад и река
мама мыла раму
рис и рыба на столе
наш сад весной
він їсть борщ
шаблон для рисунка
猫が座っている
桜の木の下で
山口県の工場
日本語のテスト
山水画
中国水墨画
工人和山
한국의 가을 풍경
고양이 한 마리
แมวนั่งอยู่บนหน้าต่าง
ทะเลสวย
बिल्ली खिड़की पर
قطة على النافذة
حديقة جميلة
חתול על החלון
גן יפה
ein schönes Haus im Grünen
der Assistent im Glashaus
die Masse der Klassen
Frühstück mit Käse
größer als die Straße
un pays magnifique
l'assiette est cassée
la classe de français
le cocon et le coq
une passion bleue
el gato en la ventana
una clase de español
el computador y la disputa
reputación imputada
una computadora
gatto sulla finestra
un passo nella massa
il cazzuola del muratore
o assunto da classe
um gato na janela
kot na oknie
kissa ikkunalla
katten i fönstret
en kat i vinduet
kedi pencerede
con mèo trên cửa sổ
macska az ablakban
pisică la fereastră
kočka na okně
kaķis uz palodzes
katinas ant palangės
mačka na oknu
qit'un
gata na prozoru
eine Katze am Fenster, 4k, sehr detailliert
""".strip().splitlines()
